using System.Collections;
using System.Globalization;
using Sluice.Cli.Output;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;
using Sluice.Local.NodeAgent.Processes;

namespace Sluice.Cli.Local;

/// <summary>`sluice up --detach`: starts `sluice up` in the background and shows its progress until it is ready.</summary>
internal sealed class DetachCommand(UpOptions options)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(15);
    private readonly StateDirectory _state = options.State;

    public async Task<int> RunAsync()
    {
        Installation.Find(); // what is missing is better told here than in a log
        _state.Create();
        if (await JoinAsync().ConfigureAwait(false)) return ExitCodes.Done;
        File.Delete(_state.Progress);
        using var process = Start();
        string text;
        await using (var reporter = Reporters.ForOutput()) text = await FollowAsync(process, reporter.Target).ConfigureAwait(false);
        Console.Out.WriteLine(text);
        return ExitCodes.Done;
    }

    private DetachedProcess Start()
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);
        List<string> arguments =
        [
            "up", "--data-dir", _state.Root, "--progress-file", _state.Progress,
            "--timeout", ((int)options.Timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        ];
        if (options.Port is { } port) arguments.AddRange(["--port", port.ToString(CultureInfo.InvariantCulture)]);
        if (!options.Examples) arguments.Add("--no-examples");
        var program = Environment.ProcessPath!;
        // Under `dotnet sluice.dll` the process is dotnet.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") arguments.Insert(0, Path.Combine(AppContext.BaseDirectory, "sluice.dll"));
        return DetachedProcess.Start(program, arguments, environment, _state.Root, _state.Log);
    }

    /// <summary>Shows the progress until all is ready; gives the text on how to connect.</summary>
    private async Task<string> FollowAsync(DetachedProcess process, IReporter reporter)
    {
        var position = 0L;
        while (true)
        {
            // Asked before reading, so that its last words are not missed.
            var ended = process.HasExited;
            (var lines, position) = ProgressFile.Read(_state.Progress, position);
            foreach (var line in lines)
            {
                switch (line.Kind)
                {
                    case ProgressKind.Waiting:
                        reporter.Waiting(line.Text);
                        break;
                    case ProgressKind.Done:
                        reporter.Done(line.Text);
                        break;
                    case ProgressKind.Warning:
                        reporter.Warning(line.Text);
                        break;
                    case ProgressKind.Ready:
                        return line.Text;
                    case ProgressKind.Failed:
                        throw new CommandException(line.Text);
                }
            }
            if (ended) throw new CommandException($"the control plane ended before it was ready; its log is {_state.Log}");
            await Task.Delay(Period).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a control plane that runs already and prints how to connect; false when none runs, or not any more.</summary>
    private async Task<bool> JoinAsync()
    {
        var end = DateTimeOffset.UtcNow + options.Timeout;
        while (InstanceLock.Holder(_state) is { } running)
        {
            try
            {
                using var client = new KubernetesClient(KubeConfig.Load(_state.KubeConfig));
                var clusters = await new ReadyWait(client, Silent.Instance).RunAsync(end - DateTimeOffset.UtcNow, CancellationToken.None).ConfigureAwait(false);
                Console.Out.WriteLine($"Sluice already runs (process {running}).");
                Console.Out.WriteLine(ConnectText.For(_state, client.Server, clusters, detached: true));
                return true;
            }
            catch (Exception e) when (e is HttpRequestException or KubeConfigException or ApiException && DateTimeOffset.UtcNow < end)
            {
                // It is starting, or it was killed and is not quite gone.
                await Task.Delay(Period).ConfigureAwait(false);
            }
        }
        return false;
    }
}
