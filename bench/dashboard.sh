#!/usr/bin/env bash
# Dashboards of a repository with N documents and N records of evidence, of a file
# each, all confirmed on a local chain: time, CPU and memory of report, without
# anything beside the pages and with certificates.
# usage: bench/dashboard.sh [N]      (default 5000)
set -euo pipefail
n=${1:-5000}
. "$(dirname "${BASH_SOURCE[0]}")/devnet.sh"
mkdir "$dir/repo"
cd "$dir/repo"
git init -q && git config gc.auto 0
python3 - "$n" <<'PY'
import hashlib, json, os, sys
os.mkdir('notes')
for i in range(int(sys.argv[1])):
    open(f'notes/{i}.md', 'w').write(f'# Note {i}\n')
    seen = f'seen {i}\n'.encode()
    digest = hashlib.sha256(seen).hexdigest()
    os.makedirs(f'evidence/e{i}/files')
    open(f'evidence/e{i}/files/{digest[:12]}-page.txt', 'wb').write(seen)
    record = {'attachments': [{'media': 'text/plain', 'name': 'page.txt', 'sha256': digest, 'size': len(seen)}], 'claims': {'by': 'Bench'}, 'infrastructure': {}, 'matches': [],
              'schema': 'git-anchor-evidence/1', 'subject': {'title': f'Shoes {i}', 'url': f'https://shop.example/{i}'}}
    open(f'evidence/e{i}/record.json', 'w').write(json.dumps(record, indent=2, sort_keys=True) + '\n')
PY
git add . && git commit -q -m 'Documents and records'
for c in alice bob; do git config --add anchor.calendar "$url/calendar/$c"; done
git config anchor.explorer "$url/esplora"
for kind in notes/*.md evidence/*/record.json; do echo "$kind"; done |
  xargs -n 2000 git-anchor --network regtest --calendar "$url/pool/a" --calendar "$url/pool/b" -q >/dev/null
git add . && git commit -q -m 'Proofs'
curl -s -X POST "$url/mine?n=6" >/dev/null
git-anchor upgrade --all --network regtest -q >/dev/null
git commit -q -a -m 'Upgrade'
git gc -q
git-anchor verify --all --network regtest -q >/dev/null # headers are in the cache then
cat >"$dir/measure.py" <<'PY'
import resource, subprocess, sys, time
begin = time.time()
subprocess.run(sys.argv[2:], check=True, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f'{sys.argv[1]}: {time.time() - begin:.2f} s, {used.ru_utime + used.ru_stime:.2f} s of CPU, {used.ru_maxrss // 1024} MB')
PY
python3 "$dir/measure.py" "report of $((2 * n))" git-anchor report --network regtest --online --out "$dir/site"
python3 "$dir/measure.py" "again" git-anchor report --network regtest --online --out "$dir/site"
python3 "$dir/measure.py" "with certificates" git-anchor report --network regtest --online --out "$dir/site" --certificates
