# Sourced by scripts of this directory: builds git-anchor, puts it on the PATH and
# starts a local calendar and chain, which ends with the script. Sets dir, a
# directory of the script's own, and url, where they are.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dir=$(mktemp -d)
trap 'kill "$net" 2>/dev/null || true; rm -rf "$dir"' EXIT
go build -o "$dir/git-anchor" ./cmd/git-anchor
PATH="$dir:$PATH"
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=Bench GIT_AUTHOR_EMAIL=bench@example.org GIT_COMMITTER_NAME=Bench GIT_COMMITTER_EMAIL=bench@example.org
git-anchor devnet --immediate >"$dir/devnet" &
net=$!
until grep -qs 'verify --network' "$dir/devnet"; do read -rt 0.1 <> <(:) || true; done
url=$(sed -n 's/^devnet at \(http[^ ]*\):.*/\1/p' "$dir/devnet")
