using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Authentication;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;

namespace Sluice.Kubernetes.Tests.Configuration;

public sealed class KubeConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_context_gives_server_namespace_and_token()
    {
        KubernetesClientConfiguration configuration = Load("{server: 'https://h:1/p'}", "{token: t}", "namespace: n");
        Assert.Equal("https://h:1/p", configuration.Host);
        Assert.Equal("n", configuration.Namespace);
        Assert.Equal("t", configuration.AccessToken);
        Assert.Null(configuration.SslCaCerts);
    }

    [Fact]
    public async Task A_token_file_beside_the_kubeconfig_is_read_for_each_request()
    {
        File.WriteAllText(Path.Combine(_folder, "token"), "secret\n");
        KubernetesClientConfiguration configuration = Load("{server: 'https://h'}", "{tokenFile: token}");
        Assert.Equal("Bearer secret", (await configuration.TokenProvider.GetAuthenticationHeaderAsync(default)).ToString());
    }

    [Fact]
    public async Task An_exec_plugin_gives_the_token()
    {
        // Like EKS, GKE and AKS: a program that writes an ExecCredential. Its arguments and variables arrive as they are written.
        string plugin = Path.Combine(_folder, "plugin");
        File.WriteAllText(plugin, """
            #!/bin/sh
            echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"$#-$2-$REGION\"}}"
            """);
        KubernetesClientConfiguration configuration = Load(
            "{server: 'https://h'}",
            $"{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: [{plugin}, get-token, 'a b', ''], env: [{{name: REGION, value: eu}}], interactiveMode: Never, provideClusterInfo: true}}}}");
        Assert.Equal("3-a b-eu", configuration.AccessToken);
        Assert.Equal("Bearer 3-a b-eu", (await configuration.TokenProvider.GetAuthenticationHeaderAsync(default)).ToString());
    }

    [Fact]
    public void An_oidc_user_gives_its_token()
    {
        KubernetesClientConfiguration configuration = Load(
            "{server: 'https://h'}", "{auth-provider: {name: oidc, config: {id-token: t, client-id: c, idp-issuer-url: 'https://issuer.invalid', refresh-token: r}}}");
        Assert.Equal("t", configuration.AccessToken);
        Assert.IsType<OidcTokenProvider>(configuration.TokenProvider);
    }

    [Fact]
    public void Certificates_come_from_data_or_from_files_beside_the_kubeconfig()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), certificate.ExportCertificatePem());
        string data = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(certificate.ExportCertificatePem()));
        string keyData = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        KubernetesClientConfiguration configuration = Load("{server: 'https://h', certificate-authority: ca.pem, tls-server-name: kubernetes}", $"{{client-certificate-data: {data}, client-key-data: {keyData}}}");
        Assert.Equal("CN=x", Assert.Single(configuration.SslCaCerts).Subject);
        Assert.Equal(data, configuration.ClientCertificateData);
        Assert.Equal("kubernetes", configuration.TlsServerName);
        using var client = new KubernetesClient(configuration);
    }

    [Theory]
    [InlineData("{server: 'https://h', proxy-url: 'http://p'}", "{token: t}", "cluster 'c' uses 'proxy-url'")]
    [InlineData("{server: 'https://h'}", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin-here}}", "no-such-plugin-here")]
    [InlineData("{server: 'https://h'}", "{exec: {apiVersion: client.authentication.k8s.io/v1}}", "exec: it has no command")]
    [InlineData("{server: 'https://h'}", "{exec: {command: aws}}", "exec: it has no apiVersion")]
    [InlineData("{server: 'https://h'}", "{exec: [x]}", "exec: expected a mapping")]
    [InlineData("{server: 'https://h'}", "{auth-provider: {name: gcp}}", "auth-provider: 'gcp' is not supported")]
    [InlineData("{server: 'https://h'}", "{auth-provider: {name: oidc}}", "auth-provider: its config has no id-token")]
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

    private KubernetesClientConfiguration Load(string cluster, string user, string context = "namespace: ''") => KubeConfig.Load(Write(cluster, user, context));

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
