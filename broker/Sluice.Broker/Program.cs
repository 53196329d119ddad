using System.Collections;
using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Sluice.Broker.Hosting;
using Sluice.Broker.Http;
using Sluice.Broker.Logging;
using Sluice.Broker.Metrics;
using Sluice.Broker.Startup;
using Sluice.Core.Configuration;
using Sluice.Core.Nodes;
using Sluice.Network;
using Sluice.Protocol.Compression;
using Sluice.Storage.Disk;

namespace Sluice.Broker;

/// <summary>The process: reads what it is asked for, runs a broker until it is told to stop, answers with an exit code.</summary>
internal static class Program
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(5);

    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            CommandLine commandLine = CommandLine.Parse(arguments);
            if (commandLine.Help) return Print(CommandLine.Usage);
            if (commandLine.Version) return Print(Version);
            var notes = new List<string>();
            BrokerProperties properties = commandLine.ReadProperties(EnvironmentVariables(), notes);
            NetworkSettings network = NetworkSettings.From(properties, BrokerHost.ShardsOf(properties));
            if (commandLine.Check) return Print("the properties are valid");
            return await RunAsync(properties, network, [.. notes, .. network.Notes]);
        }
        catch (ConfigurationException e)
        {
            foreach (string error in e.Errors) await Console.Error.WriteLineAsync($"sluice-broker: {error}");
            return ProcessEnd.BadConfiguration;
        }
    }

    private static string Version =>
        typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static async Task<int> RunAsync(BrokerProperties properties, NetworkSettings network, IEnumerable<string> notes)
    {
        using var signals = new StopSignals();
        using LogOutput output = LogSetup.Open(properties);
        using var logs = new BrokerLoggerProvider(output, LogSetup.Least(properties));
        ILogger log = logs.CreateLogger("broker");
        BrokerLog.Starting(log, Version, properties.NodeId, BrokerHost.ShardsOf(properties), properties.DataDirectory);
        BrokerLog.Compression(log, Codecs.Implementations);
        foreach (string note in notes) BrokerLog.PropertyNote(log, note);
        using var metrics = new BrokerMetrics(BrokerHost.ShardsOf(properties));
        try
        {
            using BrokerHost host = BrokerHost.Start(
                properties, network, new FileDisk(), metrics, new HostOutput(logs, output.Flush, ProcessEnd.Now));
            BrokerLog.Ready(log, ProcessAge.Milliseconds);
            return await ServeAsync(host, network, metrics, signals, logs);
        }
        catch (Exception e) when (e is NodeStartException or NetworkException or IOException)
        {
            BrokerLog.StartFailed(log, e.Message);
            return ProcessEnd.StartFailed;
        }
    }

    private static async Task<int> ServeAsync(BrokerHost host, NetworkSettings network, BrokerMetrics metrics, StopSignals signals, ILoggerFactory logs)
    {
        ILogger log = logs.CreateLogger("broker");
        // Opened after the listeners: clients need not wait for metrics.
        using PrometheusPage? page = network.Http is null ? null : new PrometheusPage(metrics);
        await using HttpEndpoint? http = network.Http is null ? null : await HttpEndpoint.StartAsync(network.Http, BrokerPages.Of(host, page!), logs);
        if (http is not null) BrokerLog.HttpListening(log, http.Address);
        // What the start left behind goes back to the system, and what stays becomes old at once: some milliseconds now, while few are served.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        string signal = await signals.First;
        long began = Stopwatch.GetTimestamp();
        BrokerLog.Stopping(log, signal, (long)DrainPatience.TotalMilliseconds);
        _ = signals.Second.ContinueWith(second => BrokerLog.StoppingFaster(log, second.Result), TaskScheduler.Default);
        bool isClean = await host.StopAsync(DrainPatience, signals.Second);
        if (!isClean) return ProcessEnd.UncleanStop;
        BrokerLog.Stopped(log, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        return ProcessEnd.Success;
    }

    private static IEnumerable<KeyValuePair<string, string>> EnvironmentVariables()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            yield return new KeyValuePair<string, string>((string)variable.Key, (string?)variable.Value ?? "");
    }

    private static int Print(string text)
    {
        Console.Out.WriteLine(text);
        return ProcessEnd.Success;
    }
}
