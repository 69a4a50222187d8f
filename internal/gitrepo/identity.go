package gitrepo

import (
	"context"
	"fmt"
	"strings"
)

// Identity is who a commit is by, and how it is signed.
type Identity struct {
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Sign    bool   `json:"sign,omitempty"`
	Format  string `json:"format,omitempty"`  // openpgp (also ""), ssh, x509
	Key     string `json:"key,omitempty"`     // user.signingKey; empty: the signing program chooses
	Program string `json:"program,omitempty"` // what signs; empty: git's own choice
}

// Identity reads it from the git configuration: user.name and user.email,
// commit.gpgSign, gpg.format, user.signingKey and the format's program. What is
// not configured is empty.
func (r *Repo) Identity(ctx context.Context) (Identity, error) {
	id, err := r.identity(ctx)
	if err != nil {
		return Identity{}, fmt.Errorf("read who commits: %w", err)
	}
	return id, nil
}

func (r *Repo) identity(ctx context.Context) (id Identity, err error) {
	for _, s := range []struct {
		key string
		to  *string
	}{{"user.name", &id.Name}, {"user.email", &id.Email}, {"gpg.format", &id.Format}, {"user.signingKey", &id.Key}} {
		if *s.to, err = r.gitValue(ctx, s.key); err != nil {
			return id, err
		}
	}
	if id.Sign, err = r.gitBool(ctx, "commit.gpgSign"); err != nil {
		return id, err
	}
	if err := id.check(); err != nil {
		return id, err
	}
	for _, key := range id.programKeys() {
		value, err := r.gitValue(ctx, key)
		if err != nil {
			return id, err
		}
		if value != "" {
			id.Program = value
		}
	}
	return id, nil
}

// gitValue reads a setting; without it, "".
func (r *Repo) gitValue(ctx context.Context, key string) (string, error) {
	out, err := r.git.output(ctx, nil, "config", "-z", "--get", key)
	if exitCode(err) == 1 {
		return "", nil
	}
	return strings.TrimSuffix(string(out), "\x00"), err
}

// programKeys are the settings that name the signing program, the one that
// counts most last.
func (id Identity) programKeys() []string {
	if id.Format == "" || id.Format == "openpgp" {
		return []string{"gpg.program", "gpg.openpgp.program"}
	}
	return []string{"gpg." + id.Format + ".program"}
}

// check refuses what git could not be told.
func (id Identity) check() error {
	switch id.Format {
	case "", "openpgp", "ssh", "x509":
	default:
		return fmt.Errorf("gpg.format is %q; openpgp, ssh and x509 are known", id.Format)
	}
	for _, s := range []string{id.Name, id.Email, id.Key, id.Program} {
		if strings.ContainsRune(s, 0) {
			return fmt.Errorf("%q has a NUL byte", s)
		}
	}
	return nil
}

// signing is the configuration of the one git call that signs.
func (id Identity) signing() []string {
	format := id.Format
	if format == "" {
		format = "openpgp"
	}
	args := []string{"-c", "gpg.format=" + format}
	if id.Key != "" {
		args = append(args, "-c", "user.signingKey="+id.Key)
	}
	if keys := id.programKeys(); id.Program != "" {
		args = append(args, "-c", keys[len(keys)-1]+"="+id.Program)
	}
	return args
}
