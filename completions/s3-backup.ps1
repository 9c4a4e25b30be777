# Completion of s3-backup for PowerShell. For good: put into the file that $PROFILE names
#   s3-backup completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName s3-backup -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $program = $words[0]
    # Before PowerShell 7.3 an empty argument is lost, so each word gets a sign.
    $given = @($words | Select-Object -Skip 1 | ForEach-Object { "=$_" })
    if ($wordToComplete -eq '') { $given += '=' }
    $encoding = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
        $lines = @(& $program completion powershell '--' @given 2>$null)
    } finally {
        [Console]::OutputEncoding = $encoding
    }
    $results = @($lines | Select-Object -Skip 1 | ForEach-Object {
        $text, $shown, $about = $_ -split "$([char]9)", 3
        [System.Management.Automation.CompletionResult]::new($text, $shown, 'ParameterValue', $about)
    })
    # Without a result PowerShell would complete names of files.
    if ($results.Count -eq 0 -and $lines[0] -eq 'none') { '' } else { $results }
}
