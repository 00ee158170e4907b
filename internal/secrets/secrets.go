// Package secrets makes the gateway's secrets: each is generated once, or taken from an existing one, and lives in Secrets Manager.
package secrets

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// TypeToken is the component's type in deployed stacks' state: a changed one needs an alias (pulumi.Aliases).
const TypeToken = "llmgateway:secrets:Secret"

// protectedRecoveryDays is the recovery window of a secret whose stack is protected against deletion. Without protection it is 0:
// a deleted secret keeps its name for the window, and the next deploy would fail on it.
const protectedRecoveryDays = 30

// defaultLength is in letters and digits: 238 bits.
const defaultLength = 40

// Maker makes the secrets of one stack.
type Maker struct {
	// Names gives the names in Secrets Manager.
	Names config.Names
	// Protect makes Pulumi refuse to delete a generated secret, and gives it a recovery window of 30 days.
	Protect bool
}

// Args says how one secret is made.
type Args struct {
	// Service is whose secret it is, Name what it is called there: together they make the name in Secrets Manager.
	Service string
	Name    string
	// Description says in the console what the secret is for.
	Description string
	// Existing is the name of a secret to use instead of generating one; empty: generated.
	Existing string
	// Length is the number of generated characters, at least 16; 0: 40. They are letters and digits, so that the value is safe in a URL.
	Length int
	// Hex makes the generated characters hexadecimal digits.
	Hex bool
	// Prefix goes before the generated characters, for instance "sk-"; empty: none.
	Prefix string
}

// Secret is one secret as its readers need it. Containers get it by ARN; only what must compute with the value uses Value.
type Secret struct {
	pulumi.ResourceState

	// Name is the name in Secrets Manager.
	Name pulumi.StringOutput
	// Arn is what an ECS task definition's valueFrom and an IAM policy take.
	Arn pulumi.StringOutput
	// Value is the value itself, kept secret in the state; empty for an existing secret, whose value this program never reads.
	Value pulumi.StringOutput
	// Versions are what a reader must depend on: it refers to the secret by ARN only, so Pulumi sees no dependency on the version that holds the value.
	Versions []pulumi.Resource
}

// Wanted is a secret to make, and where it goes.
type Wanted struct {
	Into **Secret
	Args Args
}

// All makes the secrets of one service; each has the logical name and its own name after it.
func (m Maker) All(ctx *pulumi.Context, name, service string, list []Wanted, opts ...pulumi.ResourceOption) error {
	for _, one := range list {
		one.Args.Service = service
		secret, err := m.New(ctx, name+"-"+one.Args.Name, one.Args, opts...)
		if err != nil {
			return err
		}
		*one.Into = secret
	}
	return nil
}

// New makes a secret, or looks an existing one up by name.
func (m Maker) New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Secret, error) {
	args.Length = cmp.Or(args.Length, defaultLength)
	if args.Length < 16 {
		return nil, errors.New("secrets: a generated secret needs at least 16 characters")
	}
	secret := &Secret{}
	if err := ctx.RegisterComponentResource(TypeToken, name, secret, opts...); err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	var err error
	if args.Existing != "" {
		err = secret.lookup(ctx, name, args.Existing)
	} else {
		err = secret.generate(ctx, name, m, args)
	}
	if err != nil {
		return nil, err
	}
	return secret, ctx.RegisterResourceOutputs(secret, pulumi.Map{"name": secret.Name, "arn": secret.Arn})
}

func (s *Secret) lookup(ctx *pulumi.Context, name, existing string) error {
	found, err := secretsmanager.LookupSecret(ctx, &secretsmanager.LookupSecretArgs{Name: &existing}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("look up existing secret %q for %s: %w", existing, name, err)
	}
	s.Name = pulumi.String(found.Name).ToStringOutput()
	s.Arn = pulumi.String(found.Arn).ToStringOutput()
	s.Value = pulumi.String("").ToStringOutput()
	return nil
}

func (s *Secret) generate(ctx *pulumi.Context, name string, m Maker, args Args) error {
	value, err := s.random(ctx, name, args)
	if err != nil {
		return err
	}
	recovery := 0
	if m.Protect {
		recovery = protectedRecoveryDays
	}
	secret, err := secretsmanager.NewSecret(ctx, name, &secretsmanager.SecretArgs{
		Name:                 pulumi.String(m.Names.SecretName(args.Service, args.Name)),
		Description:          pulumi.String(args.Description),
		RecoveryWindowInDays: pulumi.Int(recovery),
		// The secret alone: protecting its random value or its version would forbid rotation, which replaces both.
	}, pulumi.Parent(s), pulumi.Protect(m.Protect))
	if err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	version, err := secretsmanager.NewSecretVersion(ctx, name, &secretsmanager.SecretVersionArgs{
		SecretId:     secret.ID(),
		SecretString: value,
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("value of secret %s: %w", name, err)
	}
	s.Name, s.Arn, s.Value, s.Versions = secret.Name, secret.Arn, value, []pulumi.Resource{version}
	return nil
}

func (s *Secret) random(ctx *pulumi.Context, name string, args Args) (pulumi.StringOutput, error) {
	var generated pulumi.StringOutput
	if args.Hex {
		digits, err := random.NewRandomBytes(ctx, name, &random.RandomBytesArgs{Length: pulumi.Int(args.Length / 2)}, pulumi.Parent(s))
		if err != nil {
			return generated, fmt.Errorf("random bytes of secret %s: %w", name, err)
		}
		generated = digits.Hex
	} else {
		password, err := random.NewRandomPassword(ctx, name, &random.RandomPasswordArgs{
			Length: pulumi.Int(args.Length), Special: pulumi.Bool(false),
		}, pulumi.Parent(s))
		if err != nil {
			return generated, fmt.Errorf("random password of secret %s: %w", name, err)
		}
		generated = password.Result
	}
	secret, ok := pulumi.ToSecret(pulumi.Sprintf("%s%s", args.Prefix, generated)).(pulumi.StringOutput)
	if !ok {
		return generated, fmt.Errorf("secret %s: generated value is not a string", name)
	}
	return secret, nil
}
