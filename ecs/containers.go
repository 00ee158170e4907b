package ecs

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/rds"
)

const (
	initName = "init"
	// DocumentsPath is where every container finds the documents, read-only.
	DocumentsPath = "/gateway"
	// CACertificatePath is the database's root certificate.
	CACertificatePath = DocumentsPath + "/rds-ca.pem"
	documentsVolume   = "documents"
	dataVolume        = "data"
	handOverPath      = "/volumes"
)

// unpackScript writes the documents and hands the writable volumes over: Fargate creates volumes owned by root.
const unpackScript = `set -eu
n=0
while eval "chunk=\${` + documentsVariable + `_$n:-}"; [ -n "$chunk" ]; do
  printf '%s' "$chunk"
  n=$((n + 1))
done | base64 -d | tar -xzf - -C ` + DocumentsPath + `
for volume in ` + handOverPath + `/*; do
  [ -d "$volume" ] || continue
  chown "$OWNER:$OWNER" "$volume"
done
echo "init: documents written, volumes handed to uid $OWNER"
`

// initContainer prepares the task and exits: it alone is root, and it alone gets the database's master password.
func (b *serviceBuilder) initContainer() Container {
	script := unpackScript
	container := Container{
		Name: initName, Image: rds.InitImage, EntryPoint: []string{"/bin/sh", "-c"},
		Environment: map[string]pulumi.StringInput{"OWNER": pulumi.String(strconv.Itoa(b.args.UID))},
	}
	if b.args.Role != nil {
		script += rds.InitScript
		maps.Copy(container.Environment, map[string]pulumi.StringInput{
			"PGHOST": b.args.Database.Address, "PGPORT": pulumi.String(strconv.Itoa(rds.Port)), "PGUSER": pulumi.String(rds.MasterUser),
			"PGSSLMODE": pulumi.String("verify-full"), "PGSSLROOTCERT": pulumi.String(CACertificatePath), "ROLE": pulumi.String(b.args.Role.Name),
		})
		container.Secrets = map[string]*secrets.Secret{"PGPASSWORD": b.args.Database.Master, "ROLE_PASSWORD": b.args.Role.Password}
	}
	container.Command = []string{script}
	return container
}

// containers are all containers of the task: the init container with the documents, the service's own, and the side containers.
func (b *serviceBuilder) containers(documents *delivery) []Container {
	first := b.initContainer()
	for i, chunk := range documents.inline {
		first.Environment[fmt.Sprintf("%s_%d", documentsVariable, i)] = pulumi.String(chunk)
	}
	all := []Container{first}
	for _, container := range append([]Container{b.args.Main}, b.args.Sidecars...) {
		if container.Image == "" {
			container.Image = b.args.Settings.Image
		}
		all = append(all, container)
	}
	return all
}

// writableVolume names the n-th writable path's volume.
func writableVolume(n int) string { return "writable-" + strconv.Itoa(n) }

// volumes are the service's data, the documents, and one for each writable path. The data comes first, as in the provider's set, by whose
// positions a refresh rewrites the recorded inputs: in another order the second refresh finds a change that nobody made.
func (b *serviceBuilder) volumes() ecs.TaskDefinitionVolumeArray {
	volumes := ecs.TaskDefinitionVolumeArray{}
	if files := b.args.FileSystem; files != nil {
		volumes = append(volumes, &ecs.TaskDefinitionVolumeArgs{
			Name: pulumi.String(dataVolume),
			EfsVolumeConfiguration: &ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs{
				FileSystemId:      files.ID,
				TransitEncryption: pulumi.String("ENABLED"),
				AuthorizationConfig: &ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs{
					AccessPointId: files.AccessPoint, Iam: pulumi.String("ENABLED"),
				},
			},
		})
	}
	volumes = append(volumes, &ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(documentsVolume)})
	for n := range b.args.Writable {
		volumes = append(volumes, &ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(writableVolume(n))})
	}
	return volumes
}

// mounts are the volumes a container sees: the documents everywhere, the writable ones in the service's own container, the data there too.
func (b *serviceBuilder) mounts(container Container) []mountPoint {
	isInit := container.Name == initName
	mounts := []mountPoint{{documentsVolume, DocumentsPath, !isInit}}
	for n, path := range b.args.Writable {
		switch {
		case isInit:
			mounts = append(mounts, mountPoint{writableVolume(n), fmt.Sprintf("%s/%d", handOverPath, n), false})
		case container.Name == b.args.Main.Name:
			mounts = append(mounts, mountPoint{writableVolume(n), path, false})
		}
	}
	if b.args.FileSystem != nil && container.Name == b.args.Main.Name {
		mounts = append(mounts, mountPoint{dataVolume, b.args.FileSystem.Path, false})
	}
	return mounts
}
