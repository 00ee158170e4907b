package sim

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Main runs one provider ("aws" or "random") as a plugin of the Pulumi engine. It refuses to start without an account file, so that the
// simulation cannot be taken for the real provider by accident.
func Main(name string) error {
	file := os.Getenv(AccountEnv)
	if file == "" {
		return fmt.Errorf("pulumi-resource-%s is a %s: it needs the path of the account file in %s", name, notice, AccountEnv)
	}
	account, err := Open(file)
	if err != nil {
		return err
	}
	err = provider.Main(name, func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		var log logger
		if host != nil {
			log = host
		}
		p, err := newProvider(name, account, log)
		if err != nil {
			return nil, err
		}
		return plugin.NewProviderServer(p), nil
	})
	if err != nil {
		return fmt.Errorf("%s provider: %w", name, err)
	}
	return nil
}
