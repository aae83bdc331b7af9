// SPDX-License-Identifier: Apache-2.0

// Command kubernetes is the control plane in one program.  Its first argument
// names the part, the others are that part's own flags.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func command(part string) *cobra.Command {
	switch part {
	case "apiserver":
		return apiserver.NewAPIServerCommand()
	case "controllers":
		return controllers.NewControllerManagerCommand()
	case "scheduler":
		return scheduler.NewSchedulerCommand()
	}
	fmt.Fprintln(os.Stderr,
		"usage: kubernetes etcd|apiserver|controllers|scheduler FLAG...")
	os.Exit(2)
	return nil
}

func main() {
	args := append(os.Args, "", "")[1:]
	if args[0] == "etcd" {
		etcdmain.Main(os.Args[1:]) // takes its own name first; never returns
	}
	part := command(args[0])
	part.SetArgs(os.Args[2:])
	os.Exit(cli.Run(part))
}
