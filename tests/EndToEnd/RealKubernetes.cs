using System.Diagnostics;
using Support;

namespace EndToEnd;

/// <summary>
/// A real Kubernetes with a real node, in network namespaces of its own. Broker and operator run as container images made from
/// self-contained builds; the operator is a Deployment with its own service account, as users install it.
/// </summary>
public sealed class RealKubernetes : KubernetesUnderTest
{
    private const int Port = 26443;
    private static readonly string[] Needed = ["containerd", "runc", "nft", "busybox", "ip", "openssl", "xz", "python3"];
    private string _folder = "";

    private static string Script => Path.Combine(Judges.Folder, "kube", "kube");

    internal override Finished TryKubectl(string? input, params string[] arguments) =>
        Shell.Run(new ProcessStartInfo(Script, ["exec", _folder, "kubectl", .. arguments]), input is null ? null : System.Text.Encoding.UTF8.GetBytes(input), TimeSpan.FromMinutes(5));

    internal override Finished Bash(string script, params string[] arguments) =>
        Shell.Run(new ProcessStartInfo(Script, ["exec", _folder, "bash", "-c", "set -euo pipefail; " + script, "bash", .. arguments]), null, TimeSpan.FromMinutes(5));

    public override void KillBroker() => Shell.Run(Script, "node", _folder, "1", "bash", "-c",
        "for process in /proc/[0-9]*; do [ \"$(readlink $process/exe)\" != /app/sluice-broker ] || kill -9 ${process#/proc/}; done").Succeeded();

    protected override void SkipWhereAbsent()
    {
        // Making images and nodes takes minutes: this half of the suite is for a command of its own.
        Skip.IfNot(Environment.GetEnvironmentVariable("SLUICE_TEST_NODES") == "1", "real nodes and pods run with SLUICE_TEST_NODES=1 only");
        Skip.IfNot(File.Exists(Script), "a real Kubernetes is not here (SLUICE_JUDGES)");
        Skip.IfNot(Environment.UserName == "root", "nodes of a real Kubernetes need root");
        foreach (string tool in Needed) Judges.Command(tool);
        Skip.IfNot(File.Exists("/usr/lib/cni/ptp"), "containernetworking-plugins is not installed");
    }

    protected override void Start()
    {
        _folder = Directory.CreateTempSubdirectory("sluice-kube-").FullName;
        Shell.Run(new ProcessStartInfo(Script, ["start", _folder, "--nodes", "1", $"{Port}"]), null, TimeSpan.FromMinutes(5)).Succeeded();
        string images = Path.Combine(Judges.Repository, "artifacts", "images");
        Shell.Run(new ProcessStartInfo(Path.Combine(Judges.Repository, "tests", "EndToEnd", "make-images"), [images, Path.Combine(Judges.Folder, "kube", "make-image")]), null, TimeSpan.FromMinutes(15)).Succeeded();
        foreach (string image in Directory.GetFiles(images, "*.tar")) Shell.Run(Script, "image", _folder, image).Succeeded();
        // From here on as the README says.
        Kubectl("apply", "-f", Path.Combine(Judges.Repository, "crds"), "-f", Path.Combine(Judges.Repository, "deploy"));
        Kubectl("-n", "sluice-system", "patch", "deployment", "sluice-operator", "--type=json", "-p",
            $$"""[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--broker-image=docker.io/sluice/broker:{{Version()}}"}]""");
        Kubectl("-n", "sluice-system", "rollout", "status", "deployment/sluice-operator", "--timeout=110s");
        Kubectl("apply", "-f", Path.Combine(Judges.Repository, "examples"));
        Kubectl("wait", "--for=condition=Ready", "cluster/sample", "--timeout=180s");
    }

    private static string Version() =>
        System.Xml.Linq.XDocument.Load(Path.Combine(Judges.Repository, "Directory.Build.props")).Descendants("Version").First().Value;

    protected override void Stop()
    {
        Shell.Run(new ProcessStartInfo(Script, ["stop", _folder]), null, TimeSpan.FromMinutes(2));
        Directory.Delete(_folder, recursive: true);
    }
}
