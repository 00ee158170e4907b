package ecs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/bucket"
	"kong-llm-gateway/rds"
)

const (
	documentsVariable = "GATEWAY_DOCUMENTS"
	// MaxInlineBytes is how much of a task definition's 64 KB packed documents may take; larger ones go to S3.
	MaxInlineBytes = 36 * 1024
	// chunkBytes keeps each line of a stored file well below the 64 KB at which the ECS agent stops reading one
	// (aws/amazon-ecs-agent, agent/taskresource/envFiles/envfile.go: bufio.Scanner's default).
	chunkBytes = 48 * 1024
	// MaxStoredBytes is what ten files hold, the most a container may have (ECS API reference, EnvironmentFile).
	MaxStoredBytes = 10 * chunkBytes
)

// delivery is how the documents reach the init container: in variables of the task definition, or in variables that ECS reads from files in S3.
type delivery struct {
	inline []string
	// objects are the ARNs of the files in S3, in order; bucket is theirs.
	objects pulumi.StringArray
	bucket  *s3.BucketV2
}

// createDocuments packs the documents, and stores them where a task definition has no room. A stored file's name is the hash of its content and it is never overwritten or deleted before the bucket, so that an
// earlier revision of the task definition always finds what it was made with.
func (b *serviceBuilder) createDocuments(ctx *pulumi.Context) (*delivery, error) {
	documents := b.args.Documents
	if b.args.Role != nil {
		documents = withCertificate(documents, b.args.Database.CACertificate)
	}
	packed, err := pack(documents)
	if err != nil {
		return nil, err
	}
	if len(packed) <= MaxInlineBytes {
		return &delivery{inline: []string{packed}}, nil
	}
	if len(packed) > MaxStoredBytes {
		return nil, fmt.Errorf("documents have %d bytes packed, and %d can be delivered", len(packed), MaxStoredBytes)
	}
	made, err := bucket.New(ctx, b.name+"-documents", bucket.Args{
		Name: b.shared.Names.Name(config.MaxNameDefault, b.args.Name, "documents", b.shared.Account),
	}, pulumi.Parent(b.made))
	if err != nil {
		return nil, err
	}
	stored := &delivery{bucket: made.Bucket}
	for n := 0; len(packed) > 0; n++ {
		chunk := packed[:min(chunkBytes, len(packed))]
		packed = packed[len(chunk):]
		line := fmt.Sprintf("%s_%d=%s\n", documentsVariable, n, chunk)
		sum := sha256.Sum256([]byte(line))
		key := hex.EncodeToString(sum[:]) + ".env"
		object, err := s3.NewBucketObjectv2(ctx, b.name+"-documents-"+key[:16], &s3.BucketObjectv2Args{
			Bucket: made.Bucket.ID(), Key: pulumi.String(key), Content: pulumi.String(line), ContentType: pulumi.String("text/plain"),
		}, pulumi.Parent(b.made), pulumi.RetainOnDelete(true))
		if err != nil {
			return nil, fmt.Errorf("stored document: %w", err)
		}
		stored.objects = append(stored.objects, object.Arn)
	}
	return stored, nil
}

// withCertificate adds the database's root certificate, which every service with a database gets.
func withCertificate(documents []Document, certificate string) []Document {
	return append(slices.Clone(documents), Document{Path: CACertificatePath, Content: []byte(certificate)})
}

// PackedBytes is how much the documents of a service with a database have, packed; region is the stack's.
func PackedBytes(documents []Document, region string) (int, error) {
	certificate, err := rds.CACertificate(region)
	if err != nil {
		return 0, err
	}
	packed, err := pack(withCertificate(documents, certificate))
	return len(packed), err
}

// pack makes one base64 text of the documents: a compressed archive, the same for the same documents. It holds no "=": an older ECS agent splits
// the lines of a file at each, so the archive is given a comment that makes its length a multiple of three.
func pack(documents []Document) (string, error) {
	documents = slices.SortedFunc(slices.Values(documents), func(x, y Document) int { return strings.Compare(x.Path, y.Path) })
	for _, comment := range []string{"", "aaa", "a"} { // no, four and two bytes more
		packed, err := compress(documents, comment)
		if err != nil {
			return "", err
		}
		if len(packed)%3 == 0 {
			return base64.StdEncoding.EncodeToString(packed), nil
		}
	}
	return "", errors.New("pack documents: no comment makes the archive's length a multiple of three")
}

// compress makes a tar archive of the documents and compresses it.
func compress(documents []Document, comment string) ([]byte, error) {
	var packed bytes.Buffer
	compressor, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack documents: %w", err)
	}
	compressor.Comment = comment
	archive := tar.NewWriter(compressor)
	for _, document := range documents {
		relative, below := strings.CutPrefix(document.Path, DocumentsPath+"/")
		if !below {
			return nil, fmt.Errorf("document %s: its path is not below %s", document.Path, DocumentsPath)
		}
		header := &tar.Header{Name: relative, Mode: 0o444, Size: int64(len(document.Content)), Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("pack %s: %w", document.Path, err)
		}
		if _, err := archive.Write(document.Content); err != nil {
			return nil, fmt.Errorf("pack %s: %w", document.Path, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("pack documents: %w", err)
	}
	if err := compressor.Close(); err != nil {
		return nil, fmt.Errorf("pack documents: %w", err)
	}
	return packed.Bytes(), nil
}
