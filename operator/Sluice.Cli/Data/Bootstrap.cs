using System.CommandLine;
using Sluice.Cli.Local;
using Sluice.Client;
using Sluice.Client.Admin;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;
using Sluice.Operator.Resources;

namespace Sluice.Cli.Data;

/// <summary>Which cluster a command talks to: the one named, the one of the environment, else the one that `sluice up` runs.</summary>
internal sealed class Bootstrap(Option<string?> dataDirectory)
{
    public const string Variable = "SLUICE_BOOTSTRAP";

    private static readonly TimeSpan CompletionPatience = TimeSpan.FromSeconds(2);

    public Option<string?> Option { get; } = new("--bootstrap", "-b")
    {
        Description = $"Brokers to begin with, host:port[,host:port…] (default: ${Variable}, else the cluster of `sluice up`)",
        HelpName = "brokers",
    };

    /// <summary>The address for a command line.</summary>
    /// <exception cref="CommandException">There is none; the message says how to give one.</exception>
    public async Task<string> FindAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(Option) is { Length: > 0 } named) return Checked(named, "--bootstrap");
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set) return Checked(set, Variable);
        return await OfLocal(StateDirectory.Find(parsed.GetValue(dataDirectory)), cancellation).ConfigureAwait(false);
    }

    /// <summary>Refuses to change topics that a manifest describes (<see cref="ManifestTopics"/>).</summary>
    /// <exception cref="CommandException">A manifest describes one of them.</exception>
    public async Task RefuseOfManifestsAsync(ParseResult parsed, IReadOnlyCollection<string> topics, Func<string, string> way, CancellationToken cancellation) =>
        await ManifestTopics.RefuseAsync(
            StateDirectory.Find(parsed.GetValue(dataDirectory)), await FindAsync(parsed, cancellation).ConfigureAwait(false), topics, way, cancellation).ConfigureAwait(false);

    /// <summary>A client for administration.</summary>
    public async Task<AdminClient> AdminAsync(ParseResult parsed, CancellationToken cancellation) =>
        new(new ClientOptions { BootstrapServers = await FindAsync(parsed, cancellation).ConfigureAwait(false), ClientId = "sluice-cli" });

    /// <summary>Offers names from the cluster while a command line is being typed; nothing when no cluster answers quickly.</summary>
    public void Complete(Symbol symbol, Func<AdminClient, CancellationToken, Task<IEnumerable<string>>> names)
    {
        // Or the help would ask the cluster, and show the names that there are as what is to be written.
        if (symbol is Argument described) described.HelpName ??= described.Name;
        var sources = symbol is Argument argument ? argument.CompletionSources : ((Option)symbol).CompletionSources;
        sources.Add(context =>
        {
            using var limit = new CancellationTokenSource(CompletionPatience);
            try
            {
                return Names(context.ParseResult, names, limit.Token).GetAwaiter().GetResult().Select(n => new System.CommandLine.Completions.CompletionItem(n)).ToList();
            }
            catch (Exception e) when (e is CommandException or KafkaException or IOException or OperationCanceledException or HttpRequestException or ApiException or KubeConfigException)
            {
                // A shell that completes must not show errors.
                return [];
            }
        });
    }

    private async Task<IEnumerable<string>> Names(ParseResult parsed, Func<AdminClient, CancellationToken, Task<IEnumerable<string>>> names, CancellationToken cancellation)
    {
        AdminClient admin = await AdminAsync(parsed, cancellation).ConfigureAwait(false);
        await using (admin.ConfigureAwait(false)) return await names(admin, cancellation).ConfigureAwait(false);
    }

    private static string Checked(string text, string source)
    {
        try
        {
            BrokerAddress.ParseList(text);
            return text;
        }
        catch (FormatException e)
        {
            throw new CommandException($"{source}: {e.Message}", ExitCodes.Usage);
        }
    }

    private static async Task<string> OfLocal(StateDirectory state, CancellationToken cancellation)
    {
        if (InstanceLock.Holder(state) is null || !File.Exists(state.KubeConfig))
        {
            throw new CommandException(
                $"no cluster to talk to: nothing runs on {state.Root}. Name one with --bootstrap host:port or ${Variable}, or start one with `sluice up`.", ExitCodes.NotRunning);
        }

        using var client = new KubernetesClient(KubeConfig.Load(state.KubeConfig));
        var clusters = (await client.ListAsync<Cluster>(null, cancellation: cancellation).ConfigureAwait(false)).Items;
        List<Cluster> ready = clusters.FindAll(c => c.Status?.BootstrapAddress is { Length: > 0 });
        return ready switch
        {
            [var one] => one.Status!.BootstrapAddress!,
            [] => throw new CommandException($"`sluice up` runs on {state.Root}, but no cluster of it is ready yet; `sluice status` shows why.", ExitCodes.NotReady),
            _ => throw new CommandException(
                $"several clusters run on {state.Root}; choose one with --bootstrap: {string.Join(", ", ready.Select(c => $"{c.Metadata.Name} = {c.Status!.BootstrapAddress}"))}", ExitCodes.Usage),
        };
    }
}
