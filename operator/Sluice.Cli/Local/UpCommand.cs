using System.Globalization;
using System.Runtime.InteropServices;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Sluice.Cli.Output;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Sluice.Local;
using Sluice.Local.NodeAgent;
using Sluice.Operator;
using Sluice.Operator.Resources;
using Spectre.Console;

namespace Sluice.Cli.Local;

/// <summary>`sluice up`: a control plane and the operator in this process, until it is told to stop.</summary>
internal sealed class UpCommand(UpOptions options) : IDisposable
{
    private static readonly ResourceType[] ExampleTypes =
        [ResourceType.Of<Cluster>(), ResourceType.Of<Topic>(), ResourceType.Of<V1ConfigMap>(), ResourceType.Of<V1Secret>(), ResourceType.Of<V1Namespace>()];

    private readonly StateDirectory _state = options.State;
    private readonly CancellationTokenSource _stop = new();

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <summary>Runs until a signal; the exit code.</summary>
    public async Task<int> RunAsync()
    {
        var installation = Installation.Find();
        _state.Create();
        using var instance = await InstanceLock.TryTakeAsync(_state).ConfigureAwait(false)
            ?? throw new CommandException($"Sluice already runs on {_state.Root} (process {InstanceLock.Holder(_state)}). `sluice status` shows it, `sluice down` stops it.");
        using var signals = new StopSignals(_stop);
        using var logs = new LoggerFactory([new FileLog(_state.Log)]);
        var progress = options.ProgressFile is { } path ? new ProgressFile(path) : null;
        try
        {
            await using var reporter = progress is null ? Reporters.ForOutput() : new Reporters.Borrowed(progress);
            await RunAsync(installation, reporter.Target, logs, progress, reporter).ConfigureAwait(false);
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is CommandException or IOException or ApiException or HttpRequestException or InvalidDataException)
        {
            progress?.Failed(e.Message);
            throw e as CommandException ?? new CommandException(e.Message);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            progress?.Failed("stopped before it was ready");
            return ExitCodes.Interrupted;
        }
    }

    private async Task RunAsync(Installation installation, IReporter reporter, ILoggerFactory logs, ProgressFile? progress, Reporters.Scope scope)
    {
        reporter.Waiting("starting the control plane");
        var cluster = await StartClusterAsync(installation, logs).ConfigureAwait(false);
        try
        {
            LinkKubeConfig(cluster.KubeConfigPath);
            reporter.Done($"control plane at {cluster.Address.GetLeftPart(UriPartial.Authority)}");
            await ApplyManifestsAsync(installation, cluster.Client, reporter).ConfigureAwait(false);
            await ServeAsync(cluster, reporter, logs, progress, scope).ConfigureAwait(false);
        }
        finally
        {
            await scope.EndAsync().ConfigureAwait(false);
            if (progress is null) Console.Out.WriteLine("Stopping…");
            await cluster.StopAsync(stopPods: true).ConfigureAwait(false);
        }
    }

    /// <summary>Runs the operator and tells when all is ready; returns when told to stop after that.</summary>
    private async Task ServeAsync(LocalCluster cluster, IReporter reporter, ILoggerFactory logs, ProgressFile? progress, Reporters.Scope scope)
    {
        using var stopOperator = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var running = RunOperatorAsync(cluster, logs, stopOperator.Token);
        // Neither ends by itself, unless it has failed.
        var broken = Task.WhenAny(running, cluster.Faulted).Unwrap();
        try
        {
            var ready = new ReadyWait(cluster.Client, reporter).RunAsync(options.Timeout, stopOperator.Token);
            if (await Task.WhenAny(ready, broken).ConfigureAwait(false) == broken) await broken.ConfigureAwait(false);
            var clusters = await ready.ConfigureAwait(false);
            await scope.EndAsync().ConfigureAwait(false);
            var text = ConnectText.For(_state, cluster.Address, clusters, detached: progress is not null);
            if (progress is null) Console.Out.WriteLine(text);
            else progress.Ready(text);
            if (await Task.WhenAny(Task.Delay(Timeout.Infinite, _stop.Token), broken).ConfigureAwait(false) == broken && !_stop.IsCancellationRequested)
                await broken.ConfigureAwait(false);
        }
        finally
        {
            await stopOperator.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Task RunOperatorAsync(LocalCluster cluster, ILoggerFactory logs, CancellationToken cancellation) => Task.Run(
        () => OperatorHost.RunAsync(
            new OperatorOptions
            {
                KubeConfig = cluster.KubeConfigPath,
                ClusterDomain = "", // names do not resolve, pods share the machine's network
                Http = null,
                LeaderElection = false,
                Logs = logs,
            }, cancellation), CancellationToken.None);

    private async Task<LocalCluster> StartClusterAsync(Installation installation, ILoggerFactory logs)
    {
        var remembered = Path.Combine(_state.Root, "port");
        var port = options.Port ?? (File.Exists(remembered) ? int.Parse(File.ReadAllText(remembered), CultureInfo.InvariantCulture) : 0);
        var images = new ImageTable().Add(
            "sluice/broker", new([installation.BrokerProgram], [Path.GetDirectoryName(installation.BrokerProgram)!]));
        LocalCluster cluster;
        try
        {
            cluster = await LocalCluster.StartAsync(Options(port), _stop.Token).ConfigureAwait(false);
        }
        catch (IOException) when (options.Port is null && port != 0)
        {
            // Somebody else has the port of the last time.
            cluster = await LocalCluster.StartAsync(Options(0), _stop.Token).ConfigureAwait(false);
        }
        File.WriteAllText(remembered, cluster.Address.Port.ToString(CultureInfo.InvariantCulture));
        return cluster;

        LocalClusterOptions Options(int onPort) => new() { DataDirectory = _state.Root, Port = onPort, Images = images, LoggerFactory = logs };
    }

    private async Task ApplyManifestsAsync(Installation installation, KubernetesClient client, IReporter reporter)
    {
        var manifests = new Manifests(client);
        await manifests.ApplyDefinitionsAsync(installation.CrdFolder, _stop.Token).ConfigureAwait(false);
        // Once for a state folder: what the user then changes or deletes stays so.
        var mark = Path.Combine(_state.Root, "examples-applied");
        if (!options.Examples || File.Exists(mark)) return;
        var applied = await manifests.ApplyObjectsAsync(installation.ExampleFolder, ExampleTypes, _stop.Token).ConfigureAwait(false);
        await File.WriteAllLinesAsync(mark, applied, _stop.Token).ConfigureAwait(false);
        reporter.Done($"applied {string.Join(", ", applied)}");
    }

    private void LinkKubeConfig(string target)
    {
        if (File.Exists(_state.KubeConfig) || new FileInfo(_state.KubeConfig).LinkTarget is not null) File.Delete(_state.KubeConfig);
        File.CreateSymbolicLink(_state.KubeConfig, Path.GetRelativePath(_state.Root, target));
    }

    /// <summary>The first signal stops everything in order, the second ends this process at once and leaves the pods to the next start.</summary>
    private sealed class StopSignals : IDisposable
    {
        private readonly List<PosixSignalRegistration> _registrations;

        public StopSignals(CancellationTokenSource stop)
        {
            void Handle(PosixSignalContext context)
            {
                if (stop.IsCancellationRequested) return;
                context.Cancel = true;
                stop.Cancel();
            }
            _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, Handle))];
        }

        public void Dispose() => _registrations.ForEach(r => r.Dispose());
    }
}
