using System.Globalization;
using System.Net;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Operator;

/// <summary>Settings of the operator.</summary>
public sealed record OperatorOptions
{
    /// <summary>A kubeconfig; null: the pod's service account, else what kubectl would use.</summary>
    public string? KubeConfig { get; init; }

    /// <summary>A context of the kubeconfig; null: its current one.</summary>
    public string? Context { get; init; }

    /// <summary>The one namespace to look after; null: all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Domain of the Kubernetes cluster's names. Empty: names do not resolve and pods share one network, so that addresses take their place.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>Image of the brokers of clusters that name none.</summary>
    public string BrokerImage { get; init; } = "sluice/broker:" + Version;

    /// <summary>Where metrics and health are served; null: nowhere.</summary>
    public IPEndPoint? Http { get; init; } = new(IPAddress.Any, 8080);

    /// <summary>Whether several operators may run, of which one works.</summary>
    public bool LeaderElection { get; init; } = true;

    /// <summary>Namespace of the lease; null: that of the account.</summary>
    public string? LeaseNamespace { get; init; }

    /// <summary>How often topics that are as they should be are compared with their manifests.</summary>
    public TimeSpan DriftInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Clusters that are reconciled at the same time.</summary>
    public int ClusterWorkers { get; init; } = 8;

    /// <summary>Topics that are reconciled at the same time; what they ask of brokers goes out together.</summary>
    public int TopicWorkers { get; init; } = 64;

    /// <summary>Where logs go.</summary>
    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Version of this program.</summary>
    public static string Version { get; } =
        typeof(OperatorOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Reads <c>--name value</c> and <c>--name=value</c>.</summary>
    /// <exception cref="FormatException">A name is unknown or a value bad; the message names it.</exception>
    public static OperatorOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new OperatorOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            if (!parts[0].StartsWith("--", StringComparison.Ordinal)) throw new FormatException($"'{parts[0]}' is not an option; see --help");
            string value = parts.Length == 2 ? parts[1]
                : i + 1 < arguments.Count ? arguments[++i]
                : throw new FormatException($"{parts[0]} needs a value");
            options = options.With(parts[0], value);
        }
        return options;
    }

    private OperatorOptions With(string name, string value) => name switch
    {
        "--kubeconfig" => this with { KubeConfig = value },
        "--context" => this with { Context = value },
        "--namespace" => this with { Namespace = value.Length == 0 ? null : value },
        "--cluster-domain" => this with { ClusterDomain = value },
        "--broker-image" => this with { BrokerImage = value },
        "--http" => this with { Http = value is "none" ? null : IPEndPoint.TryParse(value, out IPEndPoint? address) ? address : throw Bad(name, value, "ADDRESS:PORT, or none") },
        "--leader-election" => this with { LeaderElection = bool.TryParse(value, out bool flag) ? flag : throw Bad(name, value, "true or false") },
        "--lease-namespace" => this with { LeaseNamespace = value },
        "--drift-interval" => this with { DriftInterval = Seconds(name, value) },
        "--cluster-workers" => this with { ClusterWorkers = Count(name, value) },
        "--topic-workers" => this with { TopicWorkers = Count(name, value) },
        _ => throw new FormatException($"{name} is not an option; see --help"),
    };

    private static TimeSpan Seconds(string name, string value) =>
        double.TryParse(value.TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 1 and <= 86400
            ? TimeSpan.FromSeconds(seconds)
            : throw Bad(name, value, "seconds, from 1 to 86400");

    private static int Count(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= 1000 ? count : throw Bad(name, value, "a number from 1 to 1000");

    private static FormatException Bad(string name, string value, string wanted) => new($"{name}: '{value}' is not {wanted}");
}
