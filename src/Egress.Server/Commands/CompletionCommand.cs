using System.CommandLine;

namespace Egress.Server.Commands;

/// <summary>
/// <c>completion</c>: prints shell completion scripts. The scripts get their suggestions from the command-line parser, through its directive
/// <c>[suggest]</c>.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _egress() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _egress egress
        """;

    private const string Zsh = """
        #compdef egress
        _egress() {
          local -a suggestions
          suggestions=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          compadd -- $suggestions || _files
        }
        compdef _egress egress
        """;

    private const string Fish = """
        complete -c egress -a '(set -l line (commandline -cp); egress "[suggest:"(string length -- $line)"]" $line 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "The shell." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", """
            Print a script that completes commands and options of egress.

            Examples:
              source <(egress completion bash)
              egress completion fish > ~/.config/fish/completions/egress.fish
            """)
        {
            shell,
        };
        command.SetAction(result => result.InvocationConfiguration.Output.WriteLine(result.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }));
        return command;
    }
}
