// SPDX-License-Identifier: Apache-2.0
// The page of an experiment.

function showRuns(data) {
	return [];
}
