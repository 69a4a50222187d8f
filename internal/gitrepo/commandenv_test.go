package gitrepo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a command of the repository's own is not told, by the names of variables.
func TestCommandEnviron(t *testing.T) {
	dropped := []string{
		"GIT_DIR=x", "git_dir=x", "GIT_=x",
		"INPUT_TOKEN=x", "input_before=x", "ACTIONS_RUNTIME_URL=x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=x",
		"GITHUB_ENV=x", "GITHUB_PATH=x", "GITHUB_OUTPUT=x", "GITHUB_STATE=x", "GITHUB_STEP_SUMMARY=x", "github_env=x",
		"GITHUB_TOKEN=x", "GH_TOKEN=x", "TOKENS=x", "gh_token=x",
		"SECRET=x", "AWS_SECRET_ACCESS_KEY=x", "SECRETS_FILE=x", "PGPASSWORD=x", "PASSWORD_FILE=x", "SSH_PASSPHRASE=x",
		"GOOGLE_CREDENTIALS=x", "CREDENTIAL=x",
		"AWS_ACCESS_KEY_ID=x", "MY_API_KEY=x", "KEY=x", "GITHUB_PAT=x", "PAT=x", "PAT_OF_MINE=x", "SMTP_PASS=x",
		"NPM_AUTH=x", "AUTH=x", "SSH_AUTH_SOCK=x",
	}
	kept := []string{
		"PATH=/bin", "LD_LIBRARY_PATH=x", "HOME=/h", "GITHUB_SHA=x", "GITHUB_WORKSPACE=x", "GITHUB=x", "GIT=x", "INPUT=x", "A=b=c", "", "=C:=x",
		"AUTHOR=x", "KEYBOARD=x", "PATTERN=x", "PASSED=x", "MONKEY=x", "AGIT_DIR=x", "VALUE=MY_TOKEN=x", "DATABASE_URL=x",
	}
	for _, kv := range dropped {
		if got := CommandEnviron([]string{kv}); got == nil || len(got) > 0 {
			t.Errorf("%s: %q", kv, got)
		}
	}
	if d := cmp.Diff(kept, CommandEnviron(append(dropped, kept...))); d != "" {
		t.Error(d)
	}
	if CommandEnviron(nil) == nil {
		t.Error("nil, by which a process inherits everything")
	}
}
