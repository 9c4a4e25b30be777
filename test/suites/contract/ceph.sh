#!/usr/bin/env bash
# A real S3 server to run the contract on: Ceph's RADOS gateway with one monitor and one OSD, all in memory, on 127.0.0.1,
# without systemd. Linux, as root. Ready in about three seconds.
#
#   test/suites/contract/ceph.sh install   the Debian or Ubuntu packages (about 300 MB on the disk)
#   test/suites/contract/ceph.sh start     prints the variables that the suite reads
#   test/suites/contract/ceph.sh stop      ends it; its objects go with it
#   test/suites/contract/ceph.sh test      start, `npm run test:contract`, stop, with the exit status of the tests
set -euo pipefail

readonly here=${CEPH_FOLDER:-/tmp/s3-backup-ceph}
readonly port=${CEPH_PORT:-7480}
readonly monitor_port=${CEPH_MONITOR_PORT:-3300}
readonly key=contract-key secret=contract-secret
readonly marker=$here/made-by-s3-backup
# Nothing of a Ceph that is installed for real is read or written.
export CEPH_CONF=$here/ceph.conf CEPH_ARGS="--conf $here/ceph.conf"

install() {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    ceph-mon ceph-osd ceph-common radosgw
}

# One copy of everything, few placement groups, and no waiting for a quorum that one monitor cannot lose.
configure() {
  cat >"$CEPH_CONF" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = v2:127.0.0.1:$monitor_port/0
ms bind msgr1 = false
ms bind ipv6 = false
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
keyring = $here/keyring
run dir = $here
admin socket = $here/\$name.asok
crash dir = $here
log file = $here/\$name.log
mon cluster log file = $here/cluster.log
log to stderr = false
pid file =
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
osd crush chooseleaf type = 0
[mon]
mon data = $here/mon
mon data avail crit = 1
mon data avail warn = 2
paxos propose interval = 0.05
paxos min wait = 0.01
[osd]
osd data = $here/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd class load list = *
osd class default list = *
[client.rgw]
rgw data = $here/rgw
rgw frontends = beast endpoint=127.0.0.1:$port
rgw run sync thread = false
rgw enable usage log = false
rgw enable ops log = false
# SSE-KMS without TLS, with a key of its own for tests: base64 of 32 bytes.
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=$(head -c 32 /dev/urandom | base64)
CONF
}

make_keys() {
  keyring() { ceph-authtool "$here/keyring" --gen-key "$@" >/dev/null; }
  ceph-authtool --create-keyring "$here/keyring" >/dev/null
  keyring -n mon. --cap mon 'allow *'
  keyring -n client.admin --cap mon 'allow *' --cap osd 'allow *'
  keyring -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  keyring -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
}

# daemon NAME COMMAND...: in a session of its own, so that a Ctrl-C at the terminal leaves the order to `stop`.
daemon() {
  setsid "${@:2}" </dev/null >>"$here/$1.out" 2>&1 &
  echo $! >"$here/$1.pid"
}

# until_true SECONDS COMMAND...
until_true() {
  local -r end=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    if ((SECONDS >= end)); then
      echo "ceph.sh: gave up after $1 s: ${*:2}; see $here/*.log" >&2
      return 1
    fi
    sleep 0.1
  done
}

osd_is_up() { timeout 5 ceph osd stat | grep -q ' 1 up'; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port"); }
admin() { radosgw-admin -n client.rgw "$@" >>"$here/admin.out" 2>&1; }

start() {
  if answers 2>/dev/null; then
    echo "ceph.sh: something listens at port $port already" >&2
    return 1
  fi
  mkdir -p "$here"/{mon,osd,rgw}
  touch "$marker"
  configure
  make_keys
  monmaptool --create --fsid "$(awk '/^fsid/ { print $3 }' "$CEPH_CONF")" \
    --addv a "[v2:127.0.0.1:$monitor_port]" "$here/monmap" >/dev/null
  ceph-mon --mkfs -i a --monmap "$here/monmap" --keyring "$here/keyring" >>"$here/mon.out" 2>&1
  daemon mon ceph-mon -i a -f
  until_true 30 timeout 5 ceph --connect-timeout 3 osd stat
  local uuid
  uuid=$(cat /proc/sys/kernel/random/uuid)
  ceph osd new "$uuid" 0 >/dev/null
  ceph-osd -i 0 --mkfs --osd-uuid "$uuid" >>"$here/osd.out" 2>&1
  daemon osd ceph-osd -i 0 -f
  until_true 30 osd_is_up
  admin user create --uid contract --display-name contract --access-key $key --secret-key $secret
  # The gateway knows STANDARD only, unless it is told.
  admin zonegroup placement add --rgw-zonegroup default --placement-id default-placement --storage-class STANDARD_IA
  admin zone placement add --rgw-zone default --placement-id default-placement --storage-class STANDARD_IA \
    --data-pool default.rgw.buckets.data
  daemon gateway radosgw -n client.rgw -f
  until_true 30 answers
  variables
}

variables() {
  echo "export S3_TEST_ENDPOINT=http://127.0.0.1:$port S3_TEST_KMS_KEY=testkey-1"
  echo "export AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_REGION=us-east-1"
}

# The last ones started first. What does not end in 10 s is in memory only and can be killed.
stop() {
  local name pid
  for name in gateway osd mon; do
    [[ -f $here/$name.pid ]] || continue
    pid=$(cat "$here/$name.pid")
    kill "$pid" 2>/dev/null || continue
    until_true 10 eval "! kill -0 $pid" 2>/dev/null || kill -9 "$pid"
  done
  if [[ -f $marker ]]; then rm -rf "$here"; fi
}

test_on_it() {
  trap stop EXIT
  start >/dev/null
  eval "$(variables)"
  npm run test:contract
}

case ${1:-} in
install | start | stop) "$1" ;;
test) test_on_it ;;
*)
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
  ;;
esac
