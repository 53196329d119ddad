using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;
using Sluice.Cli.Data;
using Sluice.Cli.Local;
using Sluice.Client;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;

namespace Sluice.Cli;

/// <summary>The commands and their options.</summary>
internal static class CommandLine
{
    private const string Description =
        "Sluice on this machine (a Kubernetes-compatible control plane, its operator and brokers as local processes), and the topics, groups and records of any cluster.";

    private const string Examples = """
        Examples:
          sluice up                     start in the foreground; Ctrl-C stops it
          sluice up --detach            start in the background
          KUBECONFIG=$(sluice kubeconfig) kubectl get clusters,topics,pods
          sluice status                 what runs and whether it is ready
          sluice topic create orders --partitions 6
          seq 100 | sluice produce orders
          sluice consume orders --from beginning --exit-at-end
          sluice down                   stop; the data stays

        Exit codes: 0 done, 1 failed, 2 bad command line, 3 not running, 4 not ready, 130 interrupted, 143 terminated.
        """;

    private const string UpExamples = """
        Brokers that an earlier control plane left running are taken over.

        Examples:
          sluice up
          sluice up --detach --port 6443
          sluice up --detach --data-dir /var/tmp/sluice --no-examples
        """;

    private const string DownExamples = """
        Brokers whose control plane was killed are stopped too. The data is there again after `sluice up`.

        Examples:
          sluice down
          sluice down --delete-data
        """;

    private const string StatusExamples = "Exit codes: 0 all is ready, 3 nothing runs, 4 not all is ready.";

    private const string KubeConfigExamples = """
        Example:
          export KUBECONFIG=$(sluice kubeconfig)
        """;

    private static readonly Option<string?> DataDirectory = new("--data-dir")
    {
        Description = "Folder of all state: objects, data, logs, kubeconfig (default: $SLUICE_HOME, else .sluice in the current folder)",
        HelpName = "folder",
        Recursive = true,
    };

    /// <summary>Runs a command line; the process's exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var parsed = Create().Parse(arguments);
        if (CommandLineErrors.Of(parsed) is { Count: > 0 } errors)
        {
            foreach (var error in errors) await Console.Error.WriteLineAsync($"sluice: {error}").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        // Signals are handled where there is something to stop in order, which may take longer than the default of 2 s.
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            // What controls local processes ends them in its own order; everything else ends at once.
            var code = IsOfLocal(parsed.CommandResult.Command)
                ? await parsed.InvokeAsync(configuration).ConfigureAwait(false)
                : await Termination.RunAsync(token => parsed.InvokeAsync(configuration, token)).ConfigureAwait(false);
            return parsed.Action is ParseErrorAction ? ExitCodes.Usage : code;
        }
        catch (CommandException e)
        {
            await Console.Error.WriteLineAsync($"sluice: {e.Message}").ConfigureAwait(false);
            return e.ExitCode;
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or KubeConfigException or IOException or UnauthorizedAccessException
            or KafkaException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"sluice: {Errors.Text(e)}").ConfigureAwait(false);
            return ExitCodes.Failed;
        }
    }

    internal static RootCommand Create()
    {
        Command up = Up(), down = Down(), status = Status(), kubeConfig = KubeConfigPath();
        var bootstrap = new Bootstrap(DataDirectory);
        CommandGroup[] groups =
        [
            ProduceCommand.Create(bootstrap), ConsumeCommand.Create(bootstrap), TopicCommands.Create(bootstrap), GroupCommands.Create(bootstrap), LogCommands.Create(), CompletionCommand.Create(),
        ];
        RootCommand root = new(Description) { DataDirectory, up, down, status, kubeConfig };
        foreach (CommandGroup group in groups) root.Add(group.Command);
        var texts = new Dictionary<Command, string>
        {
            [root] = Examples, [up] = UpExamples, [down] = DownExamples, [status] = StatusExamples, [kubeConfig] = KubeConfigExamples,
        };
        foreach (var (command, examples) in groups.SelectMany(g => g.Examples)) texts[command] = examples;
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!, texts);
        return root;
    }

    private static bool IsOfLocal(Command command) => command.Name is "up" or "down" or "status" or "kubeconfig";

    private static Command Up()
    {
        Option<bool> detach = new("--detach", "-d") { Description = "Run in the background; return when everything is ready" };
        Option<int?> port = new("--port") { Description = "Port of the API on 127.0.0.1 (default: the one of the last time, or any that is free)", HelpName = "port" };
        Option<bool> noExamples = new("--no-examples") { Description = "Do not apply the example manifests to a new state folder" };
        Option<int> timeout = new("--timeout") { Description = "How long to wait for everything to be ready", HelpName = "seconds", DefaultValueFactory = _ => 120 };
        Option<string?> progress = new("--progress-file") { Hidden = true };
        Bound(port, 0, 65535);
        Bound(timeout, 1, 86400);
        Command command = new("up", "Start the control plane and the operator, apply the examples (the first time), wait until all is ready")
        { detach, port, noExamples, timeout, progress };
        command.SetAction((parsed, _) =>
        {
            var options = new UpOptions(
                StateDirectory.Find(parsed.GetValue(DataDirectory)), parsed.GetValue(port), !parsed.GetValue(noExamples),
                TimeSpan.FromSeconds(parsed.GetValue(timeout)), parsed.GetValue(progress));
            return parsed.GetValue(detach) ? new DetachCommand(options).RunAsync() : RunHereAsync(options);
        });
        return command;
    }

    private static Command Down()
    {
        Option<bool> deleteData = new("--delete-data") { Description = "Then delete the state folder with everything in it" };
        Command command = new("down", "Stop the brokers, then the control plane; the data stays") { deleteData };
        command.SetAction((parsed, _) => new DownCommand(StateDirectory.Find(parsed.GetValue(DataDirectory)), parsed.GetValue(deleteData)).RunAsync());
        return command;
    }

    private static Command Status()
    {
        Command command = new("status", "Show what runs and whether it is ready");
        command.SetAction((parsed, _) => new StatusCommand(StateDirectory.Find(parsed.GetValue(DataDirectory))).RunAsync());
        return command;
    }

    private static Command KubeConfigPath()
    {
        Command command = new("kubeconfig", "Print the path of the kubeconfig file");
        command.SetAction(parsed =>
        {
            var state = StateDirectory.Find(parsed.GetValue(DataDirectory));
            if (!File.Exists(state.KubeConfig))
                throw new CommandException($"there is no kubeconfig yet in {state.Root}: run `sluice up` first.", ExitCodes.NotRunning);
            Console.Out.WriteLine(state.KubeConfig);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Refuses a number outside of bounds; what is no number at all the parser refuses.</summary>
    private static void Bound(Option option, int from, int to) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && (value < from || value > to))
            result.AddError($"{option.Name} must be between {from} and {to}, not {value}.");
    });

    /// <summary>The usual help, then examples.</summary>
    private sealed class HelpWithExamples(HelpAction help, Dictionary<Command, string> texts) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (texts.TryGetValue(parseResult.CommandResult.Command, out var text)) parseResult.InvocationConfiguration.Output.WriteLine(text);
            return code;
        }
    }

    private static async Task<int> RunHereAsync(UpOptions options)
    {
        using var up = new UpCommand(options);
        return await up.RunAsync().ConfigureAwait(false);
    }
}
