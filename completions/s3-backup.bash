# Completion of s3-backup for bash. For good: put it into a file
#   ~/.local/share/bash-completion/completions/s3-backup
# or, without the package bash-completion, put into ~/.bashrc:
#   source <(s3-backup completion bash)

_s3_backup() {
  local lines=() line
  while IFS= read -r line; do
    lines+=("$line")
  done < <("$1" completion bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
  COMPREPLY=("${lines[@]:1}")
  # Without candidates bash would complete names of files.
  case ${lines[0]-} in
    files*) ;;
    folders*) compopt +o default -o dirnames 2>/dev/null ;;
    *) compopt +o default 2>/dev/null ;;
  esac
  case ${lines[0]-} in *nospace) compopt -o nospace 2>/dev/null ;; esac
}
complete -o default -F _s3_backup s3-backup
