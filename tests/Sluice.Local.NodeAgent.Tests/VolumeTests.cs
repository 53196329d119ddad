using System.Text;
using k8s.Models;
using Sluice.Local.NodeAgent.Containers;
using Sluice.Local.NodeAgent.Volumes;

namespace Sluice.Local.NodeAgent.Tests;

public sealed class VolumeTests : IDisposable, IConfigSource
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;
    private readonly Dictionary<string, V1ConfigMap> _maps = [];
    private readonly Dictionary<string, V1Secret> _secrets = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public V1ConfigMap? GetConfigMap(string @namespace, string name) => _maps.GetValueOrDefault(name);

    public V1Secret? GetSecret(string @namespace, string name) => _secrets.GetValueOrDefault(name);

    public V1PersistentVolumeClaim? GetClaim(string @namespace, string name) => null;

    public V1PersistentVolume? GetVolume(string name) => null;

    [Fact]
    public void Files_change_together_and_unchanged_ones_are_left_alone()
    {
        Assert.True(AtomicFolder.Write(_folder, Files(("a", "1"), ("sub/b", "2"))));
        Assert.Equal("1", Read("a"));
        Assert.Equal("2", Read("sub/b"));
        Assert.False(AtomicFolder.Write(_folder, Files(("a", "1"), ("sub/b", "2"))));
        Assert.True(AtomicFolder.Write(_folder, Files(("a", "3"), ("c", "4"))));
        Assert.Equal("3", Read("a"));
        Assert.Equal(["..data", "a", "c"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName)
            .Where(n => !n!.StartsWith("..v", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Single(Directory.EnumerateDirectories(_folder, "..v*"));
    }

    [Fact]
    public void A_projected_volume_joins_its_sources_with_keys_and_modes()
    {
        _maps["m"] = new() { Data = new Dictionary<string, string> { ["x"] = "dir=/data", ["y"] = "no" } };
        _secrets["s"] = new() { Data = new Dictionary<string, byte[]> { ["k"] = "/data"u8.ToArray() } };
        var pod = Pod("""
            volumes:
            - name: all
              projected:
                defaultMode: 256
                sources:
                - configMap: {name: m, items: [{key: x, path: conf/x, mode: 384}]}
                - secret: {name: s}
                - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
            - {name: data, emptyDir: {}}
            """);
        var folders = new PodFolders(_folder);
        var volumes = new PodVolumes(folders, this).SetUp(pod, "127.77.0.1");
        Assert.Equal($"dir={volumes["data"]}", File.ReadAllText(Path.Combine(volumes["all"], "conf/x")));
        Assert.Equal("/data", File.ReadAllText(Path.Combine(volumes["all"], "k")));
        Assert.Equal("app=\"demo\"", File.ReadAllText(Path.Combine(volumes["all"], "labels")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(volumes["all"], "conf/x")));
            Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(volumes["all"], "k")));
        }
    }

    [Theory]
    [InlineData("{name: v, configMap: {name: gone}}", "MountVolume.SetUp failed for volume \"v\" : configmap \"gone\" not found")]
    [InlineData("{name: v, configMap: {name: m, items: [{key: gone, path: p}]}}", "MountVolume.SetUp failed for volume \"v\" : configmap default/m references non-existent key: gone")]
    [InlineData("{name: v, configMap: {name: m, items: [{key: x, path: ../p}]}}", "MountVolume.SetUp failed for volume \"v\" : path \"../p\" of a volume's file is not allowed")]
    [InlineData("{name: v, persistentVolumeClaim: {claimName: gone}}", "persistentvolumeclaim \"gone\" not found")]
    [InlineData("{name: v, nfs: {server: s, path: /}}", "volume \"v\": local pods support configMap, secret, emptyDir, persistentVolumeClaim, projected, downwardAPI and hostPath")]
    public void What_cannot_be_mounted_says_why(string volume, string message)
    {
        _maps["m"] = new() { Data = new Dictionary<string, string> { ["x"] = "1" } };
        var error = Assert.Throws<VolumeException>(() => new PodVolumes(new PodFolders(_folder), this).SetUp(Pod($"volumes: [{volume}]"), ""));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void Optional_sources_may_be_missing_and_subpaths_stay_inside()
    {
        var pod = Pod("volumes: [{name: v, configMap: {name: gone, optional: true}}, {name: data, emptyDir: {}}]");
        var volumes = new PodVolumes(new PodFolders(_folder), this).SetUp(pod, "");
        Assert.Equal(2, volumes.Count);
        var container = new V1Container { Name = "c", VolumeMounts = [new() { Name = "data", MountPath = "/d", SubPathExpr = "$(NAME)/x" }] };
        var table = PodVolumes.MountTableOf(container, volumes, new Dictionary<string, string> { ["NAME"] = "n" });
        Assert.Equal($"{volumes["data"]}/n/x/file", table.Rewrite("/d/file"));
        Assert.True(Directory.Exists($"{volumes["data"]}/n/x"));
        container.VolumeMounts[0].SubPathExpr = "../x";
        Assert.Throws<VolumeException>(() => PodVolumes.MountTableOf(container, volumes, new Dictionary<string, string>()));
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder, name));

    private static Dictionary<string, VolumeFile> Files(params (string Path, string Text)[] files) =>
        files.ToDictionary(f => f.Path, f => new VolumeFile(Encoding.UTF8.GetBytes(f.Text), 0x1A4));

    private static V1Pod Pod(string spec)
    {
        var pod = Kubernetes.Serialization.ApiJson.FromJson<V1Pod>(Kubernetes.Serialization.KubernetesYaml.Parse($$"""
            metadata: {name: p, namespace: default, uid: u, labels: {app: demo} }
            spec:
              containers: [{name: c, volumeMounts: [{name: data, mountPath: /data}]}]
            {{string.Join('\n', spec.Split('\n').Select(l => "  " + l))}}
            """)[0]);
        if (pod.Spec!.Volumes?.Any(v => v.Name == "data") != true) pod.Spec.Containers[0].VolumeMounts = null;
        return pod;
    }
}
