package config

// Running is how many tasks of a service there are at most.
type Running struct {
	Service
	Tasks int
}

// TasksAtMost is how many tasks run at most.
func (s *Settings) TasksAtMost() int {
	tasks := 0
	for _, running := range s.RunningAtMost() {
		tasks += running.Tasks
	}
	return tasks
}

// RunningAtMost is what runs at most: while every service is being replaced, or scaled to its maximum. VictoriaMetrics' old task stops before the new
// one starts; the others' new tasks start first.
func (s *Settings) RunningAtMost() []Running {
	most := func(service Service, whileReplaced int) Running {
		return Running{Service: service, Tasks: max(whileReplaced*service.DesiredCount, service.MaxCount)}
	}
	return []Running{most(s.LiteLLM.Service, 2), most(s.Langfuse.Service, 2), most(s.Grafana.Service, 2), most(s.VictoriaMetrics.Service, 1)}
}
