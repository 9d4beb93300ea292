#!/usr/bin/env bash
# What `action.yml` runs: `install`, `audit`, `comment` and `finish`, one step each.
#
# All that is chosen or comes from the event arrives in `FORGE_*` variables and is only ever used as a value, since the name of
# a branch may hold anything. No step but `finish` ends with the gate's exit code, so that reports are uploaded first.
set -euo pipefail

SOURCE=https://github.com/forge-audit/forge
ZEROS=0000000000000000000000000000000000000000

# The value of a variable that may not be set.
value() {
  printf '%s' "${!1:-}"
}

notice() {
  printf '::notice title=forge::%s\n' "$1"
}

refuse() {
  printf '::error title=forge::%s\n' "$1"
  exit 2
}

# A line of what later steps read.
output() {
  printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# One of two words, or nothing that is done.
expect_one_of() {
  local input=$1 given=$2 one=$3 other=$4
  [ "$given" = "$one" ] || [ "$given" = "$other" ] || refuse "the input \`$input\` is \`$one\` or \`$other\`"
}

# Is the commit in the clone?
has_commit() {
  git -C "$1" rev-parse --quiet --verify --end-of-options "$2^{commit}" >/dev/null 2>&1
}

# A `forge` that is there is used. Otherwise the source that came with this Action is built, so that who pins the Action by its
# commit has pinned the program; or the tag that `version` names.
install() {
  if command -v forge >/dev/null; then
    echo "forge is installed: $(forge --version)"
    return
  fi
  command -v cargo >/dev/null || refuse "neither \`forge\` nor \`cargo\` is installed on this runner"
  local version root=$RUNNER_TEMP/forge-installed
  version=$(value FORGE_VERSION)
  local from=(--path .)
  [ -z "$version" ] || from=(--git "$SOURCE" --tag "v${version#v}")
  # Not from the audited repository: its toolchain and its configuration of Cargo are not for this.
  cd "$GITHUB_ACTION_PATH"
  # The program runs once, so that linking it at length does not pay.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --locked --root "$root" --target-dir "$RUNNER_TEMP/forge-target" "${from[@]}"
  echo "$root/bin" >>"$GITHUB_PATH"
}

# What the change is compared with; empty where nothing is.
base_of_event() {
  local path=$1 event sha branch
  event=$(value GITHUB_EVENT_NAME)
  sha=$(value FORGE_EVENT_BASE)
  branch=$(value GITHUB_BASE_REF)
  case $event in
    pull_request | pull_request_target)
      # The branch, where the checkout has it: what was merged into it since the event is then no part of the change.
      if [ -n "$branch" ] && has_commit "$path" "refs/remotes/origin/$branch"; then
        printf 'origin/%s' "$branch"
      else
        printf '%s' "$sha"
      fi
      ;;
    merge_group) printf '%s' "$sha" ;;
    push)
      [ "$sha" != "$ZEROS" ] || return 0
      # After a forced push the commit before may be gone, which no checkout brings back; a shallow clone is for the gate to refuse.
      if has_commit "$path" "$sha" || [ "$(git -C "$path" rev-parse --is-shallow-repository 2>&1)" != false ]; then
        printf '%s' "$sha"
      fi
      ;;
  esac
}

audit() {
  local path base baseline config fail_on inconclusive
  path=$(value FORGE_PATH)
  path=${path:-.}
  base=$(value FORGE_BASE)
  baseline=$(value FORGE_BASELINE)
  config=$(value FORGE_CONFIG)
  fail_on=$(value FORGE_FAIL_ON)
  inconclusive=$(value FORGE_INCONCLUSIVE)
  inconclusive=${inconclusive:-fail}
  expect_one_of inconclusive "$inconclusive" fail pass
  expect_one_of upload-sarif "${FORGE_UPLOAD_SARIF:-true}" true false
  expect_one_of comment "${FORGE_COMMENT:-true}" true false
  [ -d "$path" ] || refuse "the input \`path\` names no folder"
  [ -n "$base$baseline" ] || base=$(base_of_event "$path")

  local folder words=(audit)
  folder=$(mktemp -d "$RUNNER_TEMP/forge.XXXXXX")
  if [ -n "$base$baseline" ]; then
    words=(gate)
    [ -z "$base" ] || words+=("--base=$base")
    [ -z "$baseline" ] || words+=("--baseline=$baseline")
    [ -z "$fail_on" ] || words+=("--fail-on=$fail_on")
  else
    notice 'there is nothing to compare with, so that this audit cannot fail'
  fi
  [ -z "$config" ] || words+=("--config=$config")
  local extra=()
  # Words between blanks; there is no quoting.
  read -r -d '' -a extra <<<"$(value FORGE_ARGS)" || true
  # GitHub shows suppressed results as open alerts, so that the SARIF is without them.
  words+=(
    --format=github "--format=sarif=$folder/forge.sarif" "--format=markdown=$folder/comment.md"
    "--format=json=$folder/forge.json" --sarif-omit-waived ${extra[@]+"${extra[@]}"} -- "$path"
  )
  local code=0 status
  forge "${words[@]}" || code=$?
  case ${words[0]}-$code in
    audit-0) status=audited ;;
    gate-0) status=passed ;;
    *-1) status=failed ;;
    *-3) status=inconclusive ;;
    *) status=error ;;
  esac
  if [ "$status-$inconclusive" = inconclusive-pass ]; then
    notice 'the gate is inconclusive, and the input `inconclusive` lets that pass'
    code=0
  fi
  output status "$status"
  output exit-code "$code"
  [ "$status" != error ] || return 0
  # The second line is `## Forge: 82/100 (+3)`, or says why there is no score.
  output score "$(sed -n '2s|^## Forge: \([0-9]*\)/100.*|\1|p' "$folder/comment.md")"
  output sarif "$folder/forge.sarif"
  output json "$folder/forge.json"
  output markdown "$folder/comment.md"
}

# Writes the report to the pull request, over the comment of the run before. That it cannot is no reason to fail.
comment() {
  local number own head file id='' page found
  number=$(value FORGE_PULL_REQUEST)
  own=$(value GITHUB_REPOSITORY)
  head=$(value FORGE_HEAD_REPOSITORY)
  file=$(value FORGE_MARKDOWN)
  if [ "$(value GITHUB_EVENT_NAME)" != pull_request ] || [ -z "$number" ]; then
    notice 'no comment: this is no pull request'
  elif [ "$head" != "$own" ]; then
    notice 'no comment: the pull request comes from another repository, whose runs may not write; the summary has the report'
  elif [ ! -s "$file" ]; then
    notice 'no comment: there is no report'
  elif ! command -v gh >/dev/null; then
    notice 'no comment: `gh` is not installed on this runner'
  else
    # A thousand comments are looked through. Of people, nothing is written over.
    for page in 1 2 3 4 5 6 7 8 9 10; do
      found=$(gh api "repos/$own/issues/$number/comments?per_page=100&page=$page" --jq \
        '"\(length) \([.[] | select(.user.type == "Bot" and (.body | startswith("<!-- forge -->"))) | .id][0] // "")"') || {
        notice 'no comment: the comments cannot be read; the job needs `pull-requests: write`'
        return 0
      }
      id=${found#* }
      [ -z "$id" ] && [ "${found%% *}" = 100 ] || break
    done
    local where=(--method POST "repos/$own/issues/$number/comments")
    [ -z "$id" ] || where=(--method PATCH "repos/$own/issues/comments/$id")
    gh api "${where[@]}" --silent --field "body=@$file" ||
      notice 'no comment: it cannot be written; the job needs `pull-requests: write`'
  fi
}

# The gate's exit code, once everything is written and uploaded.
finish() {
  exit "${FORGE_EXIT_CODE:-2}"
}

case ${1:-} in
  install | audit | comment | finish) "$1" ;;
  *) refuse 'the script wants one of `install`, `audit`, `comment`, `finish`' ;;
esac
