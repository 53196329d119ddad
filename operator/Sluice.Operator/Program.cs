using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Configuration;
using Sluice.Operator;
using Sluice.Operator.Schema;

const string Help = """
    sluice-operator [OPTION VALUE]...      run the operator
    sluice-operator crds FOLDER            write the definitions of Cluster and Topic, one file each

      --kubeconfig FILE          default: the pod's service account, else what kubectl would use
      --context NAME             a context of the kubeconfig
      --namespace NAME           look after one namespace only
      --cluster-domain DOMAIN    default cluster.local; "" where names do not resolve
      --broker-image IMAGE       image of brokers whose Cluster names none
      --http ADDRESS:PORT        /metrics, /healthz, /readyz; default 0.0.0.0:8080; none
      --leader-election BOOL     default true
      --lease-namespace NAME     namespace of the lease
      --drift-interval SECONDS   how often topics are compared with their manifests; default 120
      --cluster-workers N, --topic-workers N
    """;

if (args is ["--help" or "-h" or "help"])
{
    Console.WriteLine(Help);
    return 0;
}
if (args is ["crds", var folder])
{
    foreach (Type kind in CrdBuilder.Kinds) File.WriteAllText(Path.Combine(folder, CrdBuilder.FileName(kind)), CrdBuilder.Yaml(kind));
    return 0;
}

using ILoggerFactory logs = LoggerFactory.Create(logging =>
{
    if (Console.IsOutputRedirected) logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
    else logging.AddSimpleConsole(console => console.SingleLine = true);
});
using var stop = new CancellationTokenSource();
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
try
{
    await OperatorHost.RunAsync(OperatorOptions.Parse(args) with { Logs = logs }, stop.Token);
    return 0;
}
catch (Exception error) when (error is FormatException or KubeConfigException)
{
    Console.Error.WriteLine("sluice-operator: " + error.Message);
    return 2;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 0;
}
catch (Exception error)
{
    // Kubernetes starts it again; going on after a lost lease or a fault would be worse.
    OperatorLog.Failed(logs.CreateLogger("Sluice.Operator"), error.ToString());
    return 1;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
