# SPDX-License-Identifier: Apache-2.0
"""A live cluster on one machine: a real Ray head, a fake Kubernetes API whose
pods are real raylets, an autoscaler sidecar.  tests/e2e asserts on it,
scripts/demo-live shows it.  Everything listens on loopback only."""
