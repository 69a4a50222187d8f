#!/bin/sh
# git-anchor pre-push hook, version 2
# Refuses a push that weakens an anchor. "git anchor init --hook" wrote this file,
# and replaces it as a whole. To push all the same: git push --no-verify

if ! command -v git-anchor >/dev/null; then
	echo 'git-anchor: not in PATH, so that this push was not checked' >&2
	echo 'hint: install it, or push all the same: git push --no-verify' >&2
	exit 1
fi

remote=$1

# known lists up to one ref of a remote.
known() { git for-each-ref --count=1 --format='%(refname)' "refs/remotes/$1"; }

# main_branch is what a new branch is compared with: the default branch of the
# remote that is pushed to, as this clone knows it.
main_branch() {
	for name in HEAD main master; do
		if git rev-parse --quiet --verify "refs/remotes/$remote/$name^{commit}" 2>/dev/null; then
			return
		fi
	done
}

# check HEAD [BASE]
check() { git anchor check --head "$1" ${2:+--base "$2"} </dev/null >&2; }

# judge LOCAL_ID REMOTE_ID
judge() {
	case $2 in
	*[!0]*)
		if ! git cat-file -e "$2^{commit}" 2>/dev/null; then
			echo 'git-anchor: the remote has commits that you lack' >&2
			echo 'hint: git pull --rebase, then push again' >&2
			return 4
		fi
		check "$1" "$2"
		return
		;;
	esac
	base=$(main_branch)
	if [ -n "$base" ]; then
		check "$1" "$base"
	elif [ -n "$(known "$remote")" ]; then
		echo "git-anchor: which branch of $remote is its default is not known here" >&2
		echo "hint: once: git remote set-head $remote --auto, then push again" >&2
		return 4
	elif [ -n "$(known '')" ]; then # as to a new fork
		check "$1"
	fi # else nothing was pushed anywhere yet
}

while read -r local_ref local_id remote_ref remote_id; do
	case $local_id in
	*[!0]*) ;;
	*) continue ;; # a deletion
	esac
	case $remote_ref in
	refs/tags/*) continue ;;
	esac
	judge "$local_id" "$remote_id" || {
		code=$?
		echo "git-anchor: the push of $local_ref is refused" >&2
		echo 'hint: to push all the same: git push --no-verify' >&2
		exit "$code"
	}
done
exit 0
