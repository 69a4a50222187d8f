// Package action is the GitHub Action: it turns inputs and an event into a run
// on a repository, and what the run found into annotations, a job summary and
// outputs.
//
// Start with ParseInputs and ReadEvent, then Event.Task, which says what is to
// be done. Three phases are steps of their own, so that no process has the
// token beside a command of the repository's: Job.Run works in the checkout and
// leaves a plan of what is to be committed; Command.Run runs the repository's
// own command; Publication.Run publishes the plan. What one phase hands to the
// next are outputs of its step (StepOutputNames) and files in the runner's
// directory for temporary ones.
//
// The package reads no flags and knows no exit codes: a Conclusion has words
// for what is wrong, and the caller turns them into a code. Outside of GitHub
// everything works as it does there; annotations are then plain lines.
package action
