# shellcheck shell=bash disable=SC2154
# Credentials and the endpoint of the lab's AWS, for root. Variables: root, dir.
while read -r name _ roles; do
    case " $roles " in *" aws "*) server=$name ;; esac
done <"$dir/plan"
mkdir -p "$root/root/.aws"
printf '[default]\naws_access_key_id = lab\naws_secret_access_key = lab\n' >"$root/root/.aws/credentials"
printf '[default]\nregion = us-east-1\nendpoint_url = http://%s:5000\n' "$server" >"$root/root/.aws/config"
chmod 0600 "$root/root/.aws/credentials"
