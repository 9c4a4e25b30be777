# Completion of s3-backup for fish. For good: put it into a file
#   ~/.config/fish/completions/s3-backup.fish

function __s3_backup_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    # A quote that is not closed yet cannot be unescaped.
    set -l word (string unescape -- $token; or string replace -r '^["\']' '' -- $token)
    set -l lines ($words[1] completion fish -- $words[2..-1] "$word" 2>/dev/null </dev/null)
    printf '%s\n' $lines[2..-1]
    # Of --name=VALUE and PREFIX=FOLDER only what is behind the sign is a path.
    set -l head (string match -r -- '^(?:[^/=]*=)+' "$word")
    set -l path (string sub -s (math (string length -- "$head") + 1) -- "$word")
    switch "$lines[1]"
        case files
            printf "$head%s\n" (__fish_complete_path "$path")
        case folders
            printf "$head%s\n" (__fish_complete_directories "$path")
    end
end

complete -c s3-backup -f -k -a '(__s3_backup_complete)'
