using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Kubernetes.Tests.Configuration;

public sealed class KubeConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_context_gives_server_namespace_and_token()
    {
        KubeConnection connection = Load("{server: 'https://h:1/p'}", "{token: t}", "namespace: n");
        Assert.Equal(new Uri("https://h:1/p"), connection.Server);
        Assert.Equal("n", connection.Namespace);
        Assert.Equal("t", connection.Token!.Current);
        Assert.Null(connection.Authorities);
    }

    [Fact]
    public void Certificates_come_from_data_or_from_files_beside_the_kubeconfig()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), certificate.ExportCertificatePem());
        string data = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(certificate.ExportCertificatePem()));
        string keyData = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        KubeConnection connection = Load("{server: 'https://h', certificate-authority: ca.pem, tls-server-name: kubernetes}", $"{{client-certificate-data: {data}, client-key-data: {keyData}}}");
        Assert.Equal("CN=x", Assert.Single(connection.Authorities!).Subject);
        Assert.True(connection.ClientCertificate!.HasPrivateKey);
        Assert.Equal("https://kubernetes/", connection.RequestBase.ToString());
    }

    [Theory]
    [InlineData("{server: 'https://h', proxy-url: 'http://p'}", "{token: t}", "cluster 'c' uses 'proxy-url'")]
    [InlineData("{server: 'https://h'}", "{exec: {command: aws}}", "user 'u' uses 'exec'")]
    [InlineData("{server: 'https://h'}", "{auth-provider: {name: gcp}}", "user 'u' uses 'auth-provider'")]
    [InlineData("{server: 'https://h'}", "{username: a, password: b}", "user 'u' uses 'username'")]
    [InlineData("{server: 'https://h'}", "{token: t, as: root}", "user 'u' uses 'as'")]
    [InlineData("{server: 'ftp://h'}", "{token: t}", "cluster 'c': server: 'ftp://h'")]
    [InlineData("{}", "{token: t}", "cluster 'c' has no server")]
    [InlineData("{server: 'https://h', insecure-skip-tls-verify: maybe}", "{token: t}", "insecure-skip-tls-verify: 'maybe'")]
    [InlineData("{server: 'https://h', certificate-authority-data: '%%'}", "{token: t}", "certificate-authority-data: it is not base64")]
    [InlineData("{server: 'https://h', certificate-authority: nofile}", "{token: t}", "certificate-authority: Could not find file")]
    [InlineData("{server: 'https://h'}", "{client-key-data: YQ==}", "client-key: there is no client-certificate beside it")]
    public void What_is_unsupported_or_wrong_is_refused_by_name(string cluster, string user, string message)
    {
        KubeConfigException error = Assert.Throws<KubeConfigException>(() => Load(cluster, user));
        Assert.Contains(message, error.Message);
        Assert.Contains(_folder, error.Message);
    }

    [Fact]
    public void Other_users_of_the_file_do_not_matter()
    {
        string path = Write("{server: 'https://h'}", "{token: t}", extraUser: "- {name: cloud, user: {exec: {command: x}}}");
        Assert.NotNull(KubeConfig.Load(path));
    }

    [Fact]
    public void A_missing_file_or_context_is_named()
    {
        Assert.Contains("no kubeconfig at", Assert.Throws<KubeConfigException>(() => KubeConfig.Load(Path.Combine(_folder, "none"))).Message);
        string path = Write("{server: 'https://h'}", "{token: t}");
        Assert.Contains("contexts has no entry 'other'", Assert.Throws<KubeConfigException>(() => KubeConfig.Load(path, "other")).Message);
    }

    [Fact]
    public void A_pod_account_is_read_from_its_folder()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "token"), "secret");
        File.WriteAllText(Path.Combine(_folder, "namespace"), "sluice\n");
        KubeConnection connection = InClusterAccount.Load("fd00::1", "443", _folder, TimeProvider.System);
        Assert.Equal("https://[fd00::1]/", connection.Server.ToString());
        Assert.Equal("sluice", connection.Namespace);
        Assert.Equal("secret", connection.Token!.Current);
        Assert.Throws<KubeConfigException>(() => InClusterAccount.Load("h", "1", Path.Combine(_folder, "none"), TimeProvider.System));
        Assert.Throws<KubeConfigException>(() => InClusterAccount.Load(null, null, _folder, TimeProvider.System));
    }

    private KubeConnection Load(string cluster, string user, string context = "namespace: ''") => KubeConfig.Load(Write(cluster, user, context));

    private string Write(string cluster, string user, string context = "namespace: ''", string extraUser = "")
    {
        string path = Path.Combine(_folder, "config");
        File.WriteAllText(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: x
            contexts:
            - name: x
              context: {cluster: c, user: u, {{context}}}
            clusters:
            - {name: c, cluster: {{cluster}}}
            users:
            - {name: u, user: {{user}}}
            {{extraUser}}
            """);
        return path;
    }
}
