// Program empty is what the preview benchmark compares with: a Pulumi program that makes nothing.
package main

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func main() {
	pulumi.Run(func(*pulumi.Context) error { return nil })
}
