# Who may use whom: each folder uses only what stands beside it, and what those
# use.  The build links by this table, scripts/check-layers checks the includes
# against it.
uses_core/base        := include
uses_core/model       := core/base
uses_core/sched       := core/model
uses_core/controller  := core/sched
uses_core/host        := core/controller
uses_policies         := include
uses_autoscaler/net   := core/base
uses_autoscaler/gcs   := autoscaler/net core/model
uses_autoscaler/kube  := autoscaler/net core/model
uses_autoscaler       := core/host policies autoscaler/gcs autoscaler/kube
uses_traces           := core/model
uses_sim              := core/controller traces
uses_cli/report       := sim
uses_cli/experiment   := cli/report
uses_cli/explain      := core/host
uses_cli/trace        := traces core/host
uses_cli/record       := cli/trace autoscaler/gcs
uses_cli/replay       := traces core/host
uses_cli              := cli/replay cli/experiment cli/report cli/trace cli/explain policies
