#!/bin/sh
# Makes a stand-in for the official node image where no image registry can be reached: Debian bookworm from its package
# archive, Node from npm. It answers to the same commands (node, npm, npx, sh), so server/Dockerfile builds on it with
# --build-arg BASE=TAG.
#
#   scripts/testing/make-base-image.sh [TAG [NODE_VERSION]]
#
# Needs root, debootstrap, npm, and a docker engine (DOCKER_HOST). Does nothing when the tag already exists.
set -eu

tag="${1:-node-base:local}"
node_version="${2:-24.13.0}"

if docker image inspect "$tag" >/dev/null 2>&1; then
  echo "$tag exists"
  exit 0
fi
for tool in debootstrap npm docker tar; do
  command -v "$tool" >/dev/null || { echo "make-base-image: $tool is missing (apt-get install $tool)" >&2; exit 1; }
done
case "$(uname -m)" in
  x86_64) architecture=x64 ;;
  aarch64) architecture=arm64 ;;
  *) echo "make-base-image: npm carries no Node for $(uname -m): expected x86_64 or aarch64" >&2; exit 1 ;;
esac

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$work/root" >"$work/debootstrap.log" 2>&1 ||
  { echo "make-base-image: debootstrap failed:" >&2; tail -20 "$work/debootstrap.log" >&2; exit 1; }

npm pack --silent --pack-destination "$work" "node-linux-$architecture@$node_version" >/dev/null
tar -xzf "$work/node-linux-$architecture-$node_version.tgz" -C "$work"
install -m 0755 "$work/package/bin/node" "$work/root/usr/local/bin/node"
npm_version="$(node -p 'require(process.argv[1]).version' "$(dirname "$(readlink -f "$(command -v npm)")")/../package.json")"
npm pack --silent --pack-destination "$work" "npm@$npm_version" >/dev/null
mkdir -p "$work/root/usr/local/lib/node_modules/npm"
tar -xzf "$work/npm-$npm_version.tgz" -C "$work/root/usr/local/lib/node_modules/npm" --strip-components 1
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$work/root/usr/local/bin/npx"
chmod 0755 "$work/root/usr/local/lib/node_modules/npm/bin/npm-cli.js" "$work/root/usr/local/lib/node_modules/npm/bin/npx-cli.js"

# A company's proxy signs with its own authority: trust in the image what this machine trusts.
if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
  cp /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/ca-certificates.crt"
fi
rm -rf "$work/root/var/cache/apt" "$work/root/var/lib/apt/lists" "$work/root/usr/share/doc" "$work/root/usr/share/man" \
  "$work/root/usr/share/locale" "$work/root/var/log"
mkdir -p "$work/root/var/cache/apt" "$work/root/var/lib/apt/lists" "$work/root/var/log"

tar -C "$work/root" --exclude './dev/*' --exclude './proc/*' --exclude './sys/*' -c . | docker import \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
  --change 'CMD ["node"]' - "$tag" >/dev/null
docker run --rm --network none "$tag" node -p '`'"$tag"': Node ${process.version}`'
