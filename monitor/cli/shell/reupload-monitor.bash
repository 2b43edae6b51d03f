# bash completion of reupload-monitor. Made from the commands by `make commands`: a change here is lost.
_reupload_monitor() {
    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} at="" words="" options="" skip="" i
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ -n $skip ]]; then skip=""; continue; fi
        case ${COMP_WORDS[i]} in
        --after | --alert | --at | --authorised | --case | --category | --channel | --circumstances | --config | --confirm | --data-dir | --database-url-file | --email | --eml | --engine | --every | --file | --format | --identity | --jurisdiction | --label | --language | --limit | --name | --note | --number | --out | --outcome | --owner | --owner-file | --page | --passphrase-file | --picture | --reason | --recipient | --recovery-sheet | --reference | --reported-to | --role | --saved-at | --saved-by | --settings-to | --sighting | --since | --site | --state | --status | --store-key | --store-key-file | --svg | --tag | --text | --to | --url | --url-file | --what | --where | --who | --witness) skip=yes ;;
        -*)
            case "$at ${COMP_WORDS[i]}" in
            "reports draft --guess" | "alerts add --send") skip=yes ;;
            esac ;;
        *)
            case "${at:+$at }${COMP_WORDS[i]}" in
            "guide" | "init" | "enroll" | "match" | "run" | "worker" | "status" | "doctor" | "digest" | "review" | "demo" | "erase" | "recover-key" | "vacuum" | "completion" | "backup" | "restore" | "case" | "case list" | "case show" | "case set" | "case unset" | "case remove" | "references" | "references list" | "references remove" | "references resume" | "references under-18" | "references export" | "references import" | "watch" | "watch add" | "watch pause" | "watch resume" | "watch remove" | "watch list" | "watch check" | "watch run" | "watch login" | "sightings" | "sightings list" | "sightings show" | "sightings confirm" | "sightings dismiss" | "sightings leave" | "sightings undo" | "sightings add" | "sightings under-18" | "reports" | "reports next" | "reports timeline" | "reports mirrors" | "reports progress" | "reports draft" | "reports list" | "reports sent" | "reports response" | "reports withdraw" | "reports gone" | "reports channels" | "reports channels show" | "reports channels confirm" | "reports hosts" | "reports hosts show" | "reports hosts confirm" | "evidence" | "evidence verify" | "evidence list" | "evidence capture" | "evidence log" | "evidence add" | "evidence export" | "evidence remove" | "evidence recipients" | "evidence recipients list" | "evidence recipients add" | "evidence recipients new" | "evidence recipients remove" | "alerts" | "alerts add" | "alerts remove" | "alerts show" | "alerts test" | "alerts list" | "staff" | "staff add" | "staff remove" | "staff list" | "audit" | "audit list" | "audit verify" | "service" | "service install" | "service remove" | "service unit" | "config" | "config migrate" | "database" | "database prepare" | "database new-keys" | "database new-store-key") at="${at:+$at }${COMP_WORDS[i]}" ;;
            esac ;;
        esac
    done
    if [[ -n $skip ]]; then
        case "$at $before" in
        " --config") words="FILES" ;;
        "init --authorised") words="self representative" ;;
        "init --passphrase-file") words="FILES" ;;
        "init --data-dir") words="FILES" ;;
        "init --store-key-file") words="FILES" ;;
        "init --database-url-file") words="FILES" ;;
        "init --recovery-sheet") words="FILES" ;;
        "enroll --authorised") words="self representative" ;;
        "demo --out") words="FILES" ;;
        "recover-key --identity") words="FILES" ;;
        "recover-key --passphrase-file") words="FILES" ;;
        "recover-key --to") words="FILES" ;;
        "restore --identity") words="FILES" ;;
        "restore --passphrase-file") words="FILES" ;;
        "restore --store-key") words="FILES" ;;
        "restore --to") words="FILES" ;;
        "restore --data-dir") words="FILES" ;;
        "restore --settings-to") words="FILES" ;;
        "case set --file") words="FILES" ;;
        "references export --out") words="FILES" ;;
        "references export --passphrase-file") words="FILES" ;;
        "references import --authorised") words="self representative" ;;
        "references import --identity") words="FILES" ;;
        "references import --passphrase-file") words="FILES" ;;
        "watch login --state") words="FILES" ;;
        "sightings list --status") words="new confirmed dismissed reported removed reappeared" ;;
        "sightings add --authorised") words="self representative" ;;
        "reports next --out") words="FILES" ;;
        "reports progress --svg") words="FILES" ;;
        "reports draft --out") words="FILES" ;;
        "reports response --eml") words="FILES" ;;
        "evidence verify --identity") words="FILES" ;;
        "evidence verify --passphrase-file") words="FILES" ;;
        "evidence add --authorised") words="self representative" ;;
        "evidence export --out") words="FILES" ;;
        "evidence export --identity") words="FILES" ;;
        "evidence export --passphrase-file") words="FILES" ;;
        "evidence recipients add --identity") words="FILES" ;;
        "evidence recipients add --passphrase-file") words="FILES" ;;
        "evidence recipients new --passphrase-file") words="FILES" ;;
        "alerts add --url-file") words="FILES" ;;
        "staff add --role") words="reads works administers" ;;
        "database prepare --owner-file") words="FILES" ;;
        "database new-store-key --file") words="FILES" ;;
        *" --config") words=FILES ;;
        esac
    else
        case "$at" in
        "") words="guide init enroll match run worker status doctor digest review demo erase recover-key vacuum completion backup restore case references watch sightings reports evidence alerts staff audit service config database" options="--config --case --debug --version --help -h" ;;
        "guide") words="evidence report report-where report-late accounts hash-services extortion impersonation under-18 support police again program privacy done" options="--at --note --undo --json --help -h --config --case --debug --version" ;;
        "init") words="" options="--yes -y --adult --authorised --name --email --jurisdiction --recipient --passphrase-file --no-vault --data-dir --store-key-file --database-url-file --recovery-sheet --sheet-has-key --help -h --config --case --debug --version" ;;
        "enroll") words="FILES" options="--label --adult --authorised --json --help -h --config --case --debug --version" ;;
        "match") words="FILES" options="--json --verbose --help -h --config --case --debug --version" ;;
        "run") words="" options="--help -h --config --case --debug --version" ;;
        "worker") words="" options="--help -h --config --case --debug --version" ;;
        "status") words="" options="--json --help -h --config --case --debug --version" ;;
        "doctor") words="" options="--json --help -h --config --case --debug --version" ;;
        "digest") words="" options="--since --send --html --json --help -h --config --case --debug --version" ;;
        "review") words="" options="--open --help -h --config --case --debug --version" ;;
        "demo") words="" options="--out --keep-serving --help -h --config --case --debug --version" ;;
        "erase") words="" options="--confirm --help -h --config --case --debug --version" ;;
        "recover-key") words="" options="--identity --passphrase-file --to --help -h --config --case --debug --version" ;;
        "vacuum") words="" options="--json --help -h --config --case --debug --version" ;;
        "completion") words="bash zsh fish" options="--help -h --config --case --debug --version" ;;
        "backup") words="FILES" options="--replace --help -h --config --case --debug --version" ;;
        "restore") words="FILES" options="--check --identity --passphrase-file --store-key --to --data-dir --settings-to --help -h --config --case --debug --version" ;;
        "case") words="list show set unset remove" options="--help -h --config --case --debug --version" ;;
        "case list") words="" options="--json --help -h --config --case --debug --version" ;;
        "case show") words="" options="--json --help -h --config --case --debug --version" ;;
        "case set") words="" options="--file --help -h --config --case --debug --version" ;;
        "case unset") words="" options="--help -h --config --case --debug --version" ;;
        "case remove") words="" options="--confirm --help -h --config --case --debug --version" ;;
        "references") words="list remove resume under-18 export import" options="--help -h --config --case --debug --version" ;;
        "references list") words="" options="--verbose --json --help -h --config --case --debug --version" ;;
        "references remove") words="" options="--yes -y --help -h --config --case --debug --version" ;;
        "references resume") words="" options="--help -h --config --case --debug --version" ;;
        "references under-18") words="" options="--yes -y --help -h --config --case --debug --version" ;;
        "references export") words="" options="--out --format --json --sealed --recipient --passphrase-file --help -h --config --case --debug --version" ;;
        "references import") words="FILES" options="--reason --adult --authorised --identity --passphrase-file --json --help -h --config --case --debug --version" ;;
        "watch") words="add pause resume remove list check run login" options="--help -h --config --case --debug --version" ;;
        "watch add") words="" options="--every --adapt --name --engine --yes -y --help -h --config --case --debug --version" ;;
        "watch pause") words="" options="--help -h --config --case --debug --version" ;;
        "watch resume") words="" options="--help -h --config --case --debug --version" ;;
        "watch remove") words="" options="--yes -y --help -h --config --case --debug --version" ;;
        "watch list") words="" options="--json --help -h --config --case --debug --version" ;;
        "watch check") words="" options="--json --help -h --config --case --debug --version" ;;
        "watch run") words="" options="--json --help -h --config --case --debug --version" ;;
        "watch login") words="" options="--state --forget --help -h --config --case --debug --version" ;;
        "sightings") words="list show confirm dismiss leave undo add under-18" options="--help -h --config --case --debug --version" ;;
        "sightings list") words="" options="--status --site --page --alert --limit --after --json --csv --help -h --config --case --debug --version" ;;
        "sightings show") words="" options="--verbose --json --help -h --config --case --debug --version" ;;
        "sightings confirm") words="" options="--page --yes -y --json --help -h --config --case --debug --version" ;;
        "sightings dismiss") words="" options="--page --yes -y --json --help -h --config --case --debug --version" ;;
        "sightings leave") words="" options="--page --yes -y --json --help -h --config --case --debug --version" ;;
        "sightings undo") words="" options="--json --help -h --config --case --debug --version" ;;
        "sightings add") words="" options="--picture --adult --authorised --json --help -h --config --case --debug --version" ;;
        "sightings under-18") words="" options="--yes -y --json --help -h --config --case --debug --version" ;;
        "reports") words="next timeline mirrors progress draft list sent response withdraw gone channels hosts" options="--help -h --config --case --debug --version" ;;
        "reports next") words="" options="--draft --language --out --forged --name --json --help -h --config --case --debug --version" ;;
        "reports timeline") words="" options="--verbose --csv --json --help -h --config --case --debug --version" ;;
        "reports mirrors") words="" options="--csv --json --help -h --config --case --debug --version" ;;
        "reports progress") words="" options="--svg --json --help -h --config --case --debug --version" ;;
        "reports draft") words="" options="--channel --language --out --forged --circumstances --name --i-own-the-copyright --i-ask-as-data-subject --with-hash --guess --json --help -h --config --case --debug --version" ;;
        "reports list") words="" options="--due --json --help -h --config --case --debug --version" ;;
        "reports sent") words="" options="--at --number --json --help -h --config --case --debug --version" ;;
        "reports response") words="" options="--outcome --eml --text --at --number --yes -y --json --help -h --config --case --debug --version" ;;
        "reports withdraw") words="" options="--json --help -h --config --case --debug --version" ;;
        "reports gone") words="" options="--yes -y --help -h --config --case --debug --version" ;;
        "reports channels") words="show confirm" options="--help -h --config --case --debug --version" ;;
        "reports channels show") words="" options="--stale --json --help -h --config --case --debug --version" ;;
        "reports channels confirm") words="" options="--url --email --category --json --help -h --config --case --debug --version" ;;
        "reports hosts") words="show confirm" options="--help -h --config --case --debug --version" ;;
        "reports hosts show") words="" options="--ask --json --help -h --config --case --debug --version" ;;
        "reports hosts confirm") words="" options="--email --url --guess --json --help -h --config --case --debug --version" ;;
        "evidence") words="verify list capture log add export remove recipients" options="--help -h --config --case --debug --version" ;;
        "evidence verify") words="" options="--identity --passphrase-file --reference --json --help -h --config --case --debug --version" ;;
        "evidence list") words="" options="--json --help -h --config --case --debug --version" ;;
        "evidence capture") words="" options="--json --help -h --config --case --debug --version" ;;
        "evidence log") words="" options="--json --help -h --config --case --debug --version" ;;
        "evidence add") words="FILES" options="--at --where --what --who --witness --reported-to --number --saved-by --saved-at --note --sighting --adult --authorised --json --help -h --config --case --debug --version" ;;
        "evidence export") words="" options="--out --identity --passphrase-file --with-images --without-own --json --help -h --config --case --debug --version" ;;
        "evidence remove") words="" options="--yes -y --help -h --config --case --debug --version" ;;
        "evidence recipients") words="list add new remove" options="--help -h --config --case --debug --version" ;;
        "evidence recipients list") words="" options="--json --help -h --config --case --debug --version" ;;
        "evidence recipients add") words="" options="--identity --passphrase-file --json --help -h --config --case --debug --version" ;;
        "evidence recipients new") words="FILES" options="--passphrase-file --json --help -h --config --case --debug --version" ;;
        "evidence recipients remove") words="" options="--yes -y --json --help -h --config --case --debug --version" ;;
        "alerts") words="add remove show test list" options="--help -h --config --case --debug --version" ;;
        "alerts add") words="" options="--url-file --to --tag --send --no-test --yes -y --help -h --config --case --debug --version" ;;
        "alerts remove") words="" options="--yes -y --help -h --config --case --debug --version" ;;
        "alerts show") words="" options="--json --help -h --config --case --debug --version" ;;
        "alerts test") words="" options="--json --help -h --config --case --debug --version" ;;
        "alerts list") words="" options="--json --help -h --config --case --debug --version" ;;
        "staff") words="add remove list" options="--help -h --config --case --debug --version" ;;
        "staff add") words="" options="--role --installation --json --help -h --config --case --debug --version" ;;
        "staff remove") words="" options="--installation --json --help -h --config --case --debug --version" ;;
        "staff list") words="" options="--installation --json --help -h --config --case --debug --version" ;;
        "audit") words="list verify" options="--help -h --config --case --debug --version" ;;
        "audit list") words="" options="--installation --json --help -h --config --case --debug --version" ;;
        "audit verify") words="" options="--installation --json --help -h --config --case --debug --version" ;;
        "service") words="install remove unit" options="--help -h --config --case --debug --version" ;;
        "service install") words="" options="--system --user --name --dry-run --yes -y --help -h --config --case --debug --version" ;;
        "service remove") words="" options="--system --user --name --data --confirm --dry-run --yes -y --help -h --config --case --debug --version" ;;
        "service unit") words="" options="--system --user --name --help -h --config --case --debug --version" ;;
        "config") words="migrate" options="--help -h --config --case --debug --version" ;;
        "config migrate") words="" options="--check --json --help -h --config --case --debug --version" ;;
        "database") words="prepare new-keys new-store-key" options="--help -h --config --case --debug --version" ;;
        "database prepare") words="" options="--owner --owner-file --role --json --help -h --config --case --debug --version" ;;
        "database new-keys") words="" options="--all --json --help -h --config --case --debug --version" ;;
        "database new-store-key") words="" options="--file --json --help -h --config --case --debug --version" ;;
        esac
        [[ $cur == -* ]] && words=$options
    fi
    if [[ $words == FILES ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    fi
}
complete -F _reupload_monitor reupload-monitor
