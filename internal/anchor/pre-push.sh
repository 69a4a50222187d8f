#!/bin/sh
# git-anchor pre-push hook, version 1
# Refuses a push that weakens an anchor. "git anchor init --hook" wrote this file,
# and replaces it as a whole. To push all the same: git push --no-verify

if ! command -v git-anchor >/dev/null; then
	echo 'git-anchor: not in PATH, so that this push was not checked' >&2
	echo 'hint: install it, or push all the same: git push --no-verify' >&2
	exit 1
fi

worst=0
while read -r local_ref local_id remote_ref remote_id; do
	case $local_id in
	*[!0]*) ;;
	*) continue ;; # a deletion
	esac
	case $remote_ref in
	refs/tags/*) continue ;;
	esac
	case $remote_id in
	*[!0]*)
		git anchor check --head "$local_id" --base "$remote_id" </dev/null >&2 || worst=$?
		;;
	*) # a new branch: compared with the default one, unless nothing was pushed yet
		if [ -n "$(git for-each-ref --count=1 refs/remotes)" ]; then
			git anchor check --head "$local_id" </dev/null >&2 || worst=$?
		fi
		;;
	esac
	if [ "$worst" -ne 0 ]; then
		echo "git-anchor: the push of $local_ref is refused" >&2
		echo 'hint: to push all the same: git push --no-verify' >&2
		exit "$worst"
	fi
done
exit 0
