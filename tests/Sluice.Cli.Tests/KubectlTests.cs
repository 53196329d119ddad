using System.Diagnostics;
using System.Globalization;
using Support;

namespace Sluice.Cli.Tests;

/// <summary>
/// The command line and an unchanged kubectl, as a user has them. The containers say what they run, so no broker is needed.
/// </summary>
public sealed class KubectlTests : IDisposable
{
    private const string Manifest = """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web}
        spec:
          serviceName: web
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 3
              containers:
              - name: main
                image: sluice/broker:test
                command: [sh, -c, 'echo first $NAME $VERSION; echo last $NAME; exec sleep 1000']
                env: [{name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: VERSION, value: one}]
                volumeMounts: [{name: data, mountPath: /data}]
          volumeClaimTemplates:
          - metadata: {name: data}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;

    private string Home => Path.Combine(_folder, "home");

    public void Dispose()
    {
        Sluice("down");
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableFact]
    public void A_stateful_set_lives_through_kills_scaling_updates_and_restarts()
    {
        Skip.IfNot((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "kubectl"))), "needs kubectl in PATH");
        Must(Sluice("up", "--detach", "--no-examples"));
        File.WriteAllText(Path.Combine(_folder, "web.yaml"), Manifest);
        Must(Kubectl("apply", "-f", Path.Combine(_folder, "web.yaml")));
        Must(Kubectl("rollout", "status", "statefulset/web", "--timeout=120s"));
        Assert.Equal("first web-0 one\nlast web-0\n", Must(Kubectl("logs", "web-0")));
        Assert.Equal("last web-1\n", Must(Kubectl("logs", "web-1", "--tail=1")));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z last web-1$", Must(Kubectl("logs", "web-1", "--tail=1", "--timestamps")).Trim());

        // The process of a pod dies.
        var first = PidOf("web-0");
        Kill(first);
        Must(Kubectl("wait", "pod/web-0", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "--timeout=120s"));
        Must(Kubectl("wait", "pod/web-0", "--for=condition=Ready", "--timeout=120s"));
        Assert.Equal("first web-0 one\nlast web-0\n", Must(Kubectl("logs", "web-0", "--previous")));

        // The control plane dies; its pods go on and are taken over.
        var second = PidOf("web-0");
        Assert.NotEqual(first, second);
        Kill(int.Parse(File.ReadAllText(Path.Combine(Home, "sluice.pid")), CultureInfo.InvariantCulture));
        Assert.True(IsAlive(second));
        Must(Sluice("up", "--detach", "--no-examples"));
        Assert.Equal(second, PidOf("web-0"));
        Must(Kubectl("wait", "pod/web-0", "--for=condition=Ready", "--timeout=120s"));
        Kill(second);
        Must(Kubectl("wait", "pod/web-0", "--for=jsonpath={.status.containerStatuses[0].restartCount}=2", "--timeout=120s"));

        Must(Kubectl("scale", "statefulset/web", "--replicas=3"));
        Must(Kubectl("rollout", "status", "statefulset/web", "--timeout=120s"));
        Must(Kubectl("set", "env", "statefulset/web", "VERSION=two"));
        Must(Kubectl("rollout", "status", "statefulset/web", "--timeout=120s"));
        Assert.StartsWith("first web-2 two", Must(Kubectl("logs", "web-2")), StringComparison.Ordinal);
        Assert.Contains("Started", Must(Kubectl("describe", "pod", "web-2")), StringComparison.Ordinal);

        // Down ends the processes, up starts them again with their volumes.
        var running = new[] { "web-0", "web-1", "web-2" }.Select(PidOf).ToArray();
        Must(Sluice("down"));
        Assert.DoesNotContain(running, IsAlive);
        Must(Sluice("up", "--detach", "--no-examples"));
        Must(Kubectl("wait", "pod", "--all", "--for=condition=Ready", "--timeout=120s"));

        Must(Kubectl("delete", "statefulset", "web", "--timeout=120s"));
        Must(Kubectl("wait", "pod", "--all", "--for=delete", "--timeout=120s"));
        Assert.Equal("data-web-0 data-web-1 data-web-2", Must(Kubectl("get", "pvc", "-o", "jsonpath={.items[*].metadata.name}")));
    }

    private int PidOf(string pod)
    {
        var uid = Must(Kubectl("get", "pod", pod, "-o", "jsonpath={.metadata.uid}"));
        var state = File.ReadAllText(Path.Combine(Home, "pods", $"default_{pod}_{uid}", "main", "state.json"));
        using var document = System.Text.Json.JsonDocument.Parse(state);
        return document.RootElement.GetProperty("process").GetProperty("pid").GetInt32();
    }

    private static bool IsAlive(int pid)
    {
        var path = $"/proc/{pid}/stat";
        return File.Exists(path) && !File.ReadAllText(path).Contains(") Z ", StringComparison.Ordinal);
    }

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
        Wait.Until("the killed process is gone", TimeSpan.FromMinutes(1), () => !IsAlive(pid));
    }

    private static string Must((int ExitCode, string Output, string Errors) result)
    {
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Errors}");
        return result.Output;
    }

    private (int ExitCode, string Output, string Errors) Kubectl(params string[] arguments) => Run("kubectl", arguments);

    private (int ExitCode, string Output, string Errors) Sluice(params string[] arguments) =>
        Run(Path.Combine(AppContext.BaseDirectory, "sluice"), arguments);

    private (int ExitCode, string Output, string Errors) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLUICE_HOME"] = Home;
        start.Environment["SLUICE_BROKER_PROGRAM"] = "/bin/true";
        start.Environment["KUBECONFIG"] = Path.Combine(Home, "kubeconfig");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(4)))
        {
            process.Kill();
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end");
        }
        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}
