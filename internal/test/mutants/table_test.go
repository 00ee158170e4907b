package mutants

// fault is one deliberate fault: the text of a file that is replaced, and what a user would get.
type fault struct {
	name string
	// file is seen from the root of the repository; old stands in it exactly once.
	file, old, new string
	// harm is what the fault does to a user.
	harm string
	// tests fail on it, each as "package test" of the root module; the golden files stand for themselves.
	tests []string
}

// golden is the test that compares with the golden files, models the one of a stack with many models.
const (
	golden = ". TestGoldenRegistrations"
	models = ". TestGoldenManyModels"
)

// ingress is how the ingress rule of network.Allow begins.
const ingress = "NewSecurityGroupIngressRule(ctx, name, &vpc.SecurityGroupIngressRuleArgs{\n\t\t"

// faults are those that once passed every test but one.
var faults = []fault{
	{
		name:  "component renamed",
		file:  "main.go",
		old:   `rds.New(ctx, "database",`,
		new:   `rds.New(ctx, "db",`,
		harm:  "the next up deletes the database",
		tests: []string{golden},
	},
	{
		name:  "type token renamed",
		file:  "rds/database.go",
		old:   `"llmgateway:rds:Database"`,
		new:   `"llmgateway:rds:Postgres"`,
		harm:  "the next up deletes the database",
		tests: []string{golden},
	},
	{
		name:  "edge header misspelt",
		file:  "ecs/listeners.go",
		old:   `pulumi.String(routes.HeaderName)`,
		new:   `pulumi.String(routes.HeaderName + "y")`,
		harm:  "every request gets 403",
		tests: []string{golden},
	},
	{
		name:  "ingress rule on the wrong group",
		file:  "network/allow.go",
		old:   ingress + "SecurityGroupId: args.To, ReferencedSecurityGroupId: args.From",
		new:   ingress + "SecurityGroupId: args.From, ReferencedSecurityGroupId: args.To",
		harm:  "nothing reaches anything",
		tests: []string{golden, "./network TestAllowOpensTheTargetsGroupAndNotTheSources"},
	},
	{
		name: "services wait for nothing",
		file: "ecs/service.go",
		old:  "pulumi.Parent(b.made), pulumi.DependsOn(before)}",
		new:  "pulumi.Parent(b.made)}",
		harm: "the first deploy fails now and then",
		tests: []string{
			golden, "./ecs TestAServiceWaitsForWhatItsTasksNeed", "./observability TestVictoriaMetricsWaitsForItsFilesAndIsNeverTwo",
		},
	},
	{
		name:  "a deploy sets back what the schedule set",
		file:  "ecs/scaling.go",
		old:   "child, pulumi.IgnoreChanges(b.setBySchedule()))",
		new:   "child)",
		harm:  "services wake at night",
		tests: []string{golden, "./ecs TestADeployLeavesAloneWhatScalingSets"},
	},
	{
		name:  "a deploy sets back what scaling set",
		file:  "ecs/service.go",
		old:   `opts = append(opts, pulumi.IgnoreChanges([]string{"desiredCount"}))`,
		new:   "_ = opts",
		harm:  "tasks are taken away at every deploy",
		tests: []string{golden, "./ecs TestADeployLeavesAloneWhatScalingSets"},
	},
	{
		name: "roles trust the service for anybody",
		file: "internal/iampolicy/policy.go",
		old:  "statement.Condition = OfAccount(account)",
		new:  "_ = account",
		harm: "confused deputy",
		tests: []string{
			golden, "./internal/iampolicy TestOnlyTheServiceActingForTheAccountTakesARoleOn", "./ecs TestEveryRoleIsTakenOnByTasksOfThisAccountOnly",
		},
	},
	{
		name:  "Grafana lets anybody in",
		file:  "observability/grafana.go",
		old:   `"GF_AUTH_ANONYMOUS_ENABLED":     "false"`,
		new:   `"GF_AUTH_ANONYMOUS_ENABLED":     "true"`,
		harm:  "an open console",
		tests: []string{golden, "./observability TestNobodyEntersGrafanaWithoutAPassword"},
	},
	{
		name:  "Langfuse lets anybody sign up",
		file:  "ecs/langfuse/langfuse.go",
		old:   `"AUTH_DISABLE_SIGNUP":        "true"`,
		new:   `"AUTH_DISABLE_SIGNUP":        "false"`,
		harm:  "an open console",
		tests: []string{golden, "./ecs TestNobodySignsUpToLangfuse"},
	},
	{
		name:  "Grafana's health is asked elsewhere",
		file:  "observability/grafana.go",
		old:   "GrafanaTarget.HealthURL()",
		new:   `"http://127.0.0.1:3000/api/health"`,
		harm:  "up never gets steady",
		tests: []string{golden, "./observability TestGrafanaAnswersWhereTheLoadBalancerAsks"},
	},
	{
		name:  "stored documents go with their revision",
		file:  "ecs/documents.go",
		old:   "pulumi.Parent(b.made), pulumi.RetainOnDelete(true))",
		new:   "pulumi.Parent(b.made))",
		harm:  "a rollback finds no configuration",
		tests: []string{models, "./ecs TestAStoredDocumentOutlivesTheRevisionThatReplacesIt"},
	},
	{
		name:  "files unencrypted",
		file:  "observability/victoriametrics.go",
		old:   "Encrypted: pulumi.Bool(true)",
		new:   "Encrypted: pulumi.Bool(false)",
		harm:  "metrics lie in clear text",
		tests: []string{golden, "./observability TestTheMetricsFilesAreEncryptedAndMountedByTheirServiceOnly"},
	},
	{
		name:  "two VictoriaMetrics at a deploy",
		file:  "observability/victoriametrics.go",
		old:   "Singleton:  true,",
		new:   "Singleton:  false,",
		harm:  "two writers on one file system",
		tests: []string{golden, "./observability TestVictoriaMetricsWaitsForItsFilesAndIsNeverTwo"},
	},
	{
		name:  "load balancer without deletion protection",
		file:  "ecs/loadbalancer.go",
		old:   "EnableDeletionProtection: pulumi.Bool(c.args.Protect)",
		new:   "EnableDeletionProtection: pulumi.Bool(false)",
		harm:  "production goes with one command",
		tests: []string{golden, "./ecs TestAProtectedStacksLoadBalancerRefusesToBeDeleted"},
	},
	{
		name:  "any account writes to the topics",
		file:  "observability/topics.go",
		old:   "Condition: iampolicy.OfAccount(b.args.Account),\n",
		new:   "\n",
		harm:  "strangers send alarms",
		tests: []string{golden, "./observability TestOnlyThisAccountsServicesPublishToTheTopics"},
	},
	{
		name:  "the file system's alarm is forgotten",
		file:  "observability/alarms/alarms.go",
		old:   "s.fileAlarms(), ",
		new:   "",
		harm:  "nobody hears that the metrics slow down",
		tests: []string{golden},
	},
	{
		name:  "images are not scanned",
		file:  "observability/repository.go",
		old:   "ScanOnPush: pulumi.Bool(true)",
		new:   "ScanOnPush: pulumi.Bool(false)",
		harm:  "known holes stay unseen",
		tests: []string{golden, "./observability TestPushedImagesAreScannedAndNeverOverwritten"},
	},
	{
		name:  "the init container takes any server",
		file:  "ecs/containers.go",
		old:   `"PGSSLMODE": pulumi.String("verify-full")`,
		new:   `"PGSSLMODE": pulumi.String("require")`,
		harm:  "the master password goes to whoever answers",
		tests: []string{golden, "./ecs TestEveryDatabaseClientVerifiesTheServer", "./observability TestNobodyEntersGrafanaWithoutAPassword"},
	},
	{
		name:  "a default tag is gone",
		file:  "providers.go",
		old:   "tags[\"ManagedBy\"] = pulumi.String(\"pulumi\")\n",
		new:   "\n",
		harm:  "nobody sees who manages a resource",
		tests: []string{golden},
	},
}
