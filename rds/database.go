// Package rds makes the PostgreSQL instance, its credentials, and the databases of the services that use it.
package rds

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/secrets"
)

// TypeToken is the component's type in deployed stacks' state: a changed one needs an alias (pulumi.Aliases), else the database is
// deleted.
const TypeToken = "llmgateway:rds:Database"

const (
	// Port is PostgreSQL's.
	Port = 5432
	// MasterUser administers the instance; no service runs as it.
	MasterUser = "gateway_admin"
	// certificateAuthority is RDS's default for new instances, pinned: it must be the one whose root is in ca/.
	certificateAuthority = "rds-ca-rsa2048-g1"
)

// logExports are the logs RDS sends to CloudWatch for PostgreSQL.
var logExports = []string{"postgresql", "upgrade"}

// Args is what the database is made from; every field is required.
type Args struct {
	// Names makes the physical names.
	Names config.Names
	// Region decides the root certificate.
	Region string
	// Settings say what the instance is like.
	Settings config.Database
	// LogRetentionDays is how long CloudWatch keeps its logs.
	LogRetentionDays int
	// VpcID is where it lives, SubnetIDs are two or more private subnets in different zones.
	VpcID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayInput
	// Secrets makes the passwords of the master and of the services' roles.
	Secrets secrets.Maker
}

// Database is the instance as its users need it.
type Database struct {
	pulumi.ResourceState

	// Identifier is the instance's name, which its CloudWatch metrics carry.
	Identifier pulumi.StringOutput
	// Address is the host name.
	Address         pulumi.StringOutput
	SecurityGroupID pulumi.StringOutput
	// Master is the password of MasterUser; only init containers get it.
	Master *secrets.Secret
	// CACertificate is the region's root certificate in PEM form; clients verify the server with it.
	CACertificate string

	secrets secrets.Maker
}

// New makes the instance.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Database, error) {
	root, err := CACertificate(args.Region)
	if err != nil {
		return nil, err
	}
	database := &Database{CACertificate: root, secrets: args.Secrets}
	if err := ctx.RegisterComponentResource(TypeToken, name, database, opts...); err != nil {
		return nil, fmt.Errorf("database %s: %w", name, err)
	}
	if database.Master, err = args.Secrets.New(ctx, name+"-master", secrets.Args{
		Service: "database", Name: "master-password", Description: "PostgreSQL master password, used only while a service starts",
	}, pulumi.Parent(database)); err != nil {
		return nil, err
	}
	if err := database.createInstance(ctx, name, args); err != nil {
		return nil, err
	}
	return database, ctx.RegisterResourceOutputs(database, pulumi.Map{"identifier": database.Identifier, "address": database.Address})
}

func (d *Database) createInstance(ctx *pulumi.Context, name string, args *Args) error {
	settings, child := args.Settings, pulumi.Parent(d)
	identifier := args.Names.Name(config.MaxNameDefault)
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       args.VpcID,
		Name:        pulumi.String(args.Names.Name(config.MaxNameDefault, "database")),
		Description: pulumi.String("PostgreSQL: only the services that have a database"),
		Tags:        pulumi.StringMap{"Name": pulumi.String(args.Names.Name(config.MaxNameDefault, "database"))},
	}, child)
	if err != nil {
		return fmt.Errorf("security group of the database: %w", err)
	}
	subnets, err := rds.NewSubnetGroup(ctx, name, &rds.SubnetGroupArgs{
		Name: pulumi.String(identifier), Description: pulumi.String("private subnets of the gateway"), SubnetIds: args.SubnetIDs,
	}, child)
	if err != nil {
		return fmt.Errorf("subnet group of the database: %w", err)
	}
	parameters, err := d.createParameters(ctx, name, args)
	if err != nil {
		return err
	}
	logs, err := d.createLogGroups(ctx, name, identifier, args.LogRetentionDays)
	if err != nil {
		return err
	}
	instance := &rds.InstanceArgs{
		Identifier:                   pulumi.String(identifier),
		Engine:                       pulumi.String("postgres"),
		EngineVersion:                pulumi.String(settings.Version),
		InstanceClass:                pulumi.String(settings.Class),
		StorageType:                  pulumi.String("gp3"),
		AllocatedStorage:             pulumi.Int(settings.StorageGB),
		MaxAllocatedStorage:          pulumi.Int(settings.MaxStorageGB),
		StorageEncrypted:             pulumi.Bool(true),
		Username:                     pulumi.String(MasterUser),
		Password:                     d.Master.Value,
		Port:                         pulumi.Int(Port),
		PubliclyAccessible:           pulumi.Bool(false),
		DbSubnetGroupName:            subnets.Name,
		ParameterGroupName:           parameters.Name,
		VpcSecurityGroupIds:          pulumi.StringArray{group.ID()},
		CaCertIdentifier:             pulumi.String(certificateAuthority),
		MultiAz:                      pulumi.Bool(settings.MultiAZ),
		BackupRetentionPeriod:        pulumi.Int(settings.BackupDays),
		CopyTagsToSnapshot:           pulumi.Bool(true),
		AutoMinorVersionUpgrade:      pulumi.Bool(true),
		EnabledCloudwatchLogsExports: pulumi.ToStringArray(logExports),
		// Performance Insights stays off: RDS does not offer it on db.t4g.micro (Amazon RDS User Guide, instance classes; unverified).
		DeletionProtection: pulumi.Bool(settings.DeletionProtection),
		SkipFinalSnapshot:  pulumi.Bool(!settings.FinalSnapshot),
		// A major upgrade changes data for good: it is asked for by raising database.version.
		AllowMajorVersionUpgrade: pulumi.Bool(true),
		// At once, also in production: a master password that waits for the maintenance window would lock the init containers out.
		ApplyImmediately: pulumi.Bool(true),
	}
	if settings.FinalSnapshot {
		if instance.FinalSnapshotIdentifier, err = d.createFinalSnapshotID(ctx, name, args.Names); err != nil {
			return err
		}
	}
	options := []pulumi.ResourceOption{child, pulumi.DependsOn(logs), pulumi.Protect(settings.DeletionProtection)}
	if settings.Snapshot != "" {
		// Another snapshot would replace the database by what the snapshot holds.
		instance.SnapshotIdentifier = pulumi.String(settings.Snapshot)
		options = append(options, pulumi.IgnoreChanges([]string{"snapshotIdentifier"}))
	}
	made, err := rds.NewInstance(ctx, name, instance, options...)
	if err != nil {
		return fmt.Errorf("database instance: %w", err)
	}
	d.Identifier, d.Address, d.SecurityGroupID = made.Identifier, made.Address, group.ID().ToStringOutput()
	return nil
}

// createParameters makes the group of the server's settings.
func (d *Database) createParameters(ctx *pulumi.Context, name string, args *Args) (*rds.ParameterGroup, error) {
	values := rds.ParameterGroupParameterArray{}
	for _, parameter := range config.DatabaseParameters() {
		values = append(values, &rds.ParameterGroupParameterArgs{Name: pulumi.String(parameter.Name), Value: pulumi.String(parameter.Value)})
	}
	group, err := rds.NewParameterGroup(ctx, name, &rds.ParameterGroupArgs{
		Name:        pulumi.String(args.Names.Name(config.MaxNameDefault, "postgres"+args.Settings.Version)),
		Family:      pulumi.String("postgres" + args.Settings.Version),
		Description: pulumi.String("TLS only; slow statements are logged"),
		Parameters:  values,
		// A new major replaces the group. The provider would delete the old one first, as it does with everything whose name is given, while the
		// instance still uses it, which RDS refuses; the name holds the major, so both can be there at once.
	}, pulumi.Parent(d), pulumi.DeleteBeforeReplace(false))
	if err != nil {
		return nil, fmt.Errorf("parameter group of the database: %w", err)
	}
	return group, nil
}

// createLogGroups makes the groups RDS would otherwise make itself, without retention, and leave behind.
func (d *Database) createLogGroups(ctx *pulumi.Context, name, identifier string, retentionDays int) ([]pulumi.Resource, error) {
	var groups []pulumi.Resource
	for _, export := range logExports {
		group, err := cloudwatch.NewLogGroup(ctx, name+"-"+export, &cloudwatch.LogGroupArgs{
			Name: pulumi.String("/aws/rds/instance/" + identifier + "/" + export), RetentionInDays: pulumi.Int(retentionDays),
		}, pulumi.Parent(d))
		if err != nil {
			return nil, fmt.Errorf("log group of the database: %w", err)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// createFinalSnapshotID names the snapshot that destroy takes; the random part keeps a second destroy from colliding with the first one's snapshot.
func (d *Database) createFinalSnapshotID(ctx *pulumi.Context, name string, names config.Names) (pulumi.StringPtrInput, error) {
	id, err := random.NewRandomId(ctx, name+"-final-snapshot", &random.RandomIdArgs{ByteLength: pulumi.Int(4)}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("id of the final snapshot: %w", err)
	}
	return pulumi.Sprintf("%s-%s", names.Name(config.MaxNameDefault-9, "final"), id.Hex), nil
}
