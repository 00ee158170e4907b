package config

import (
	"fmt"
	"maps"
	"slices"
)

// MaxLiteLLMTasks is how many LiteLLM tasks there can be: Cloud Map answers a DNS query with up to eight addresses
// (AWS Cloud Map Developer Guide, multivalue answer routing), and VictoriaMetrics finds the tasks by DNS.
const MaxLiteLLMTasks = 8

// Connections the budget counts beside the services' pools.
const (
	initConnections     = 2 // the init step of a starting task holds one, its lock waiter another
	reservedConnections = 8 // RDS's own and an operator's
	usablePercent       = 85
)

// databaseMemoryGiB is the memory of each RDS class in GiB (Amazon RDS User Guide, DB instance classes).
var databaseMemoryGiB = map[string]float64{
	"db.t4g.micro": 1, "db.t4g.small": 2, "db.t4g.medium": 4, "db.t4g.large": 8, "db.t4g.xlarge": 16, "db.t4g.2xlarge": 32,
	"db.t3.micro": 1, "db.t3.small": 2, "db.t3.medium": 4, "db.t3.large": 8, "db.t3.xlarge": 16, "db.t3.2xlarge": 32,
	"db.m6g.large": 8, "db.m6g.xlarge": 16, "db.m6g.2xlarge": 32,
	"db.m7g.large": 8, "db.m7g.xlarge": 16, "db.m7g.2xlarge": 32,
	"db.r6g.large": 16, "db.r6g.xlarge": 32, "db.r7g.large": 16, "db.r7g.xlarge": 32,
}

// MemoryGiB is the memory of the database's class; 0 for one that this program does not know, which validation refuses.
func (d Database) MemoryGiB() float64 { return databaseMemoryGiB[d.Class] }

// DatabaseClasses are the RDS classes a stack can have.
func DatabaseClasses() []string {
	return slices.Sorted(maps.Keys(databaseMemoryGiB))
}

// ConnectionBudget is how the database's connections are shared out. Every pool counts twice, because old and new tasks run side by side while deploying.
type ConnectionBudget struct {
	LiteLLM, Langfuse, Grafana, Init, Reserve int
	// Usable is 85 % of the class's nominal max_connections.
	Usable int
}

// Total is the number of connections that may be open at once.
func (b ConnectionBudget) Total() int { return b.LiteLLM + b.Langfuse + b.Grafana + b.Init + b.Reserve }

// Connections computes the budget. max_connections is LEAST(DBInstanceClassMemory/9531392, 5000) in RDS's default parameter group
// for PostgreSQL (Amazon RDS User Guide, quotas and constraints).
func (s *Settings) Connections() ConnectionBudget {
	nominal := min(int(s.Database.MemoryGiB()*(1<<30)/9531392), 5000)
	return ConnectionBudget{
		LiteLLM:  s.LiteLLM.MaxCount * s.LiteLLM.Workers * s.LiteLLM.DatabasePool * 2,
		Langfuse: s.Langfuse.MaxCount * s.Langfuse.DatabasePool * 2,
		Grafana:  s.Grafana.MaxCount * s.Grafana.DatabasePool * 2,
		Init:     3 * initConnections,
		Reserve:  reservedConnections,
		Usable:   nominal * usablePercent / 100,
	}
}

func (s *Settings) validateConnections(p *problems) {
	if s.Database.MemoryGiB() == 0 {
		return
	}
	b := s.Connections()
	p.require(b.Total() <= b.Usable, "database.class", s.Database.Class, fmt.Sprintf(
		"a class with room for %d connections (LiteLLM %d = litellm.maxCount × litellm.workers × litellm.databasePool × 2, Langfuse %d, Grafana %d, init %d, reserve %d);"+
			" this one has %d to use. Take a larger class, or lower those settings",
		b.Total(), b.LiteLLM, b.Langfuse, b.Grafana, b.Init, b.Reserve, b.Usable))
}
