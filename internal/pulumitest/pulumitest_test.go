package pulumitest_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/pulumitest"
)

// made is a resource of any type.
type made struct {
	pulumi.CustomResourceState

	Arn pulumi.StringOutput `pulumi:"arn"`
}

func register(ctx *pulumi.Context, kind, name string, inputs pulumi.Map, opts ...pulumi.ResourceOption) (*made, error) {
	one := &made{}
	return one, ctx.RegisterResource(kind, name, inputs, one, opts...)
}

// sample registers a component with a child that carries every option, and another resource that uses it.
func sample(ctx *pulumi.Context) error {
	component := &pulumi.ResourceState{}
	if err := ctx.RegisterComponentResource("test:part:Part", "part", component); err != nil {
		return err
	}
	first, err := register(ctx, "aws:sns/topic:Topic", "topic", pulumi.Map{"name": pulumi.String("alarms")}, pulumi.Parent(component))
	if err != nil {
		return err
	}
	_, err = register(ctx, "aws:s3/bucketV2:BucketV2", "files", pulumi.Map{
		"policy":   first.Arn.ApplyT(func(arn string) string { return `{"Resource":["` + arn + `"],"Action":["sns:Publish"]}` }),
		"password": pulumi.ToSecret(pulumi.String("hunter2")),
	}, pulumi.Protect(true), pulumi.RetainOnDelete(true), pulumi.IgnoreChanges([]string{"tags"}), pulumi.ReplaceOnChanges([]string{"bucket"}),
		pulumi.DeleteBeforeReplace(true), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "5m"}), pulumi.DependsOn([]pulumi.Resource{component}),
		pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old-files")}}))
	return err
}

func TestAResourceIsRenderedWithItsOptionsAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	r := &pulumitest.Recorder{}
	require.NoError(t, r.Run("poc", sample))
	text, err := pulumitest.Render(r, nil)
	require.NoError(t, err)
	require.Equal(t, `aws:s3/bucketV2:BucketV2 files:
  protect: true
  retainOnDelete: true
  deleteBeforeReplace: true
  ignoreChanges: [tags]
  replaceOnChanges: [bucket]
  aliases: [name old-files]
  timeouts: {create: 5m}
  inputs:
    password: (secret)
    policy:
      Action: ['sns:Publish']
      Resource: [sns.Topic(topic).arn]

test:part:Part part: {}

aws:sns/topic:Topic topic:
  parent: test:part:Part part
  inputs: {name: alarms}
`, text)
	files := r.Only(t, "aws:s3/bucketV2:BucketV2")
	require.Equal(t, []string{"aws:sns/topic:Topic topic"}, files.Uses["policy"])
	require.Equal(t, "test:part:Part part", r.One(t, "aws:sns/topic:Topic", "topic").ParentKey())
}

func TestAnEdgeWithoutAValueIsADependency(t *testing.T) {
	t.Parallel()
	r := &pulumitest.Recorder{}
	require.NoError(t, r.Run("poc", func(ctx *pulumi.Context) error {
		first, err := register(ctx, "aws:sns/topic:Topic", "topic", nil)
		if err != nil {
			return err
		}
		_, err = register(ctx, "aws:sns/topicPolicy:TopicPolicy", "policy", nil, pulumi.DependsOn([]pulumi.Resource{first}))
		return err
	}))
	require.Equal(t, []string{"aws:sns/topic:Topic topic"}, r.Only(t, "aws:sns/topicPolicy:TopicPolicy").DependsOn)
}

func TestAnUnknownDataSourceIsAnError(t *testing.T) {
	t.Parallel()
	r := &pulumitest.Recorder{}
	err := r.Run("poc", func(ctx *pulumi.Context) error {
		var result struct{}
		return ctx.Invoke("aws:ec2/getMoon:getMoon", nil, &result)
	})
	require.ErrorContains(t, err, "getMoon")
}

func TestPackedDocumentsAndFilesOfTheRepositoryAreNamed(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	compressor := gzip.NewWriter(&packed)
	archive := tar.NewWriter(compressor)
	for name, content := range map[string]string{"a.yaml": "key: value\n", "run.sh": "echo a long script\n"} {
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o444}))
		_, err := archive.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.NoError(t, compressor.Close())
	r := &pulumitest.Recorder{}
	require.NoError(t, r.Run("poc", func(ctx *pulumi.Context) error {
		_, err := register(ctx, "aws:ecs/taskDefinition:TaskDefinition", "task", pulumi.Map{
			"containerDefinitions": pulumi.String(`[{"name":"init","environment":[{"name":"DOCUMENTS","value":"` +
				base64.StdEncoding.EncodeToString(packed.Bytes()) + `"},{"name":"PORT","value":"80"}]}]`),
		})
		return err
	}))
	text, err := pulumitest.Render(r, pulumitest.Files{{Path: "rds/run.sh", Content: "echo a long script\n"}})
	require.NoError(t, err)
	require.Equal(t, `aws:ecs/taskDefinition:TaskDefinition task:
  inputs:
    containerDefinitions:
      init:
        environment:
          DOCUMENTS:
            a.yaml: |
              key: value
            run.sh: (file run.sh, sha256 8050bb48533b)
          PORT: "80"
`, text)
}

// golden is a file of two resources: component and instance.
const (
	component = "llmgateway:rds:Database database: {}\n"
	instance  = "aws:rds/instance:Instance database:\n  parent: llmgateway:rds:Database database\n"
	options   = "  protect: true\n"
	inputs    = "  inputs: {identifier: poc}\n"
	golden    = component + "\n" + instance + options + inputs
)

func TestTheFailureSaysWhatHappensToADeployedStack(t *testing.T) {
	t.Parallel()
	require.Empty(t, pulumitest.Explain(golden, golden))
	renamed := strings.Replace(instance, "Instance database:", "Instance db:", 1)
	for name, test := range map[string]struct {
		after string
		says  []string
	}{
		"gone": {
			component,
			[]string{
				"DELETED  aws:rds/instance:Instance database (in llmgateway:rds:Database database)", "LOST with it: the database", "Needs an alias",
			},
		},
		"renamed": {
			component + renamed + inputs,
			[]string{
				"DELETED  aws:rds/instance:Instance database", "Renamed to aws:rds/instance:Instance db?", "CREATED  aws:rds/instance:Instance db",
			},
		},
		"renamed with an alias": {
			component + renamed + "  aliases: [name database]\n" + inputs,
			[]string{"DELETED  aws:rds/instance:Instance database", "unless the alias of aws:rds/instance:Instance db stands for it"},
		},
		"moved": {
			component + strings.Replace(instance, "Database database", "Postgres database", 1) + options + inputs,
			[]string{"MOVED    aws:rds/instance:Instance database", "LOST with it", "+ parent: llmgateway:rds:Postgres database"},
		},
		"an option": {
			component + instance + inputs,
			[]string{"CHANGED  aws:rds/instance:Instance database: only options of Pulumi's", "- protect: true"},
		},
		"an input": {
			component + instance + options + strings.Replace(inputs, "poc", "prod", 1),
			[]string{
				"updated in place, or replaced", "where it is replaced, lost: the database",
				"- inputs: {identifier: poc}", "+ inputs: {identifier: prod}",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := pulumitest.Explain(golden, test.after)
			for _, part := range test.says {
				require.Contains(t, said, part)
			}
		})
	}
}

func TestBeyondKeepsWhatTheOtherFileDoesNotHave(t *testing.T) {
	t.Parallel()
	more := golden + "\naws:s3/bucketV2:BucketV2 files: {}\n"
	require.Equal(t, "aws:s3/bucketV2:BucketV2 files: {}\n", pulumitest.Beyond(golden, more))
	require.Empty(t, pulumitest.Beyond(golden, golden))
}
