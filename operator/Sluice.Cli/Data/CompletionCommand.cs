using System.CommandLine;

namespace Sluice.Cli.Data;

/// <summary>`sluice completion SHELL`: the script that has a shell ask `sluice` itself for completions.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _sluice_complete() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _sluice_complete sluice
        """;

    private const string Zsh = """
        #compdef sluice
        _sluice() {
          local -a suggestions
          suggestions=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -a suggestions
        }
        compdef _sluice sluice
        """;

    private const string Fish = """
        complete -c sluice -f -a '(sluice "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
        """;

    public static CommandGroup Create()
    {
        Argument<string> shell = new("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command command = new("completion", "Print the script that lets a shell complete commands, options and names of topics and groups") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCodes.Done;
        });
        return new CommandGroup(command, new Dictionary<Command, string>
        {
            [command] = """
                Examples:
                  source <(sluice completion bash)
                  sluice completion zsh > "${fpath[1]}/_sluice"
                  sluice completion fish > ~/.config/fish/completions/sluice.fish
                """,
        });
    }
}
