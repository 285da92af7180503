#!/bin/sh
# Unverified: makes StatusApp.pkg of build/frozen on a Mac, with Apple's own pkgbuild. Run after `build.py freeze`.
# Signing and notarisation need the developer's identity: SIGN="Developer ID Installer: ..." signs.
set -eu
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/root/usr/local/lib" "$tree/root/usr/local/bin" "$tree/root/Library/LaunchAgents" "$tree/scripts"
cp -R build/frozen/statusapp "$tree/root/usr/local/lib/"
ln -s ../lib/statusapp/statusapp "$tree/root/usr/local/bin/statusapp"
cp packaging/macos/io.statusapp.agent.plist "$tree/root/Library/LaunchAgents/"
if [ -d build/frozen/statusapp-desktop ]; then
    cp -R build/frozen/statusapp-desktop "$tree/root/usr/local/lib/"
    cp packaging/macos/io.statusapp.desktop.plist "$tree/root/Library/LaunchAgents/"
fi
cat >"$tree/scripts/postinstall" <<'SCRIPT'
#!/bin/sh
user=$(stat -f %Su /dev/console)
[ "$user" = root ] || launchctl bootstrap "gui/$(id -u "$user")" /Library/LaunchAgents/io.statusapp.agent.plist || true
SCRIPT
chmod 755 "$tree/scripts/postinstall"
mkdir -p build/out
pkgbuild --root "$tree/root" --scripts "$tree/scripts" --identifier io.statusapp --version "$version" \
    ${SIGN:+--sign "$SIGN"} "build/out/StatusApp-$version.pkg"
