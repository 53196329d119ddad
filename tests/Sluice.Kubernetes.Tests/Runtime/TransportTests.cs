using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using Sluice.Kubernetes.Client;

namespace Sluice.Kubernetes.Tests.Runtime;

/// <summary>Which servers a client talks to.</summary>
public sealed class TransportTests
{
    private static readonly X509Certificate2 Authority = MakeAuthority("CN=ours");

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("kubernetes", "kubernetes")]
    public async Task A_server_with_a_certificate_of_the_authority_is_trusted(string certified, string? serverName) =>
        Assert.Equal("ok", await AskAsync(Certificate(Authority, certified), serverName, Authority));

    [Fact]
    public async Task A_certificate_of_another_host_is_refused_also_when_the_authority_is_right() =>
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(Certificate(Authority, "another.invalid"), null, Authority));

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using X509Certificate2 other = MakeAuthority("CN=theirs");
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(Certificate(other, "127.0.0.1"), null, Authority));
    }

    [Fact]
    public async Task Any_certificate_is_taken_when_the_kubeconfig_says_so()
    {
        using X509Certificate2 other = MakeAuthority("CN=theirs");
        Assert.Equal("ok", await AskAsync(Certificate(other, "another.invalid"), null, null));
    }

    /// <param name="certificate">The server's.</param>
    /// <param name="serverName">The name that the client expects, when it is not the address.</param>
    /// <param name="authority">Whom the client trusts; null: anybody.</param>
    private static async Task<string> AskAsync(X509Certificate2 certificate, string? serverName, X509Certificate2? authority)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync(listener, certificate);
        var configuration = new KubernetesClientConfiguration
        {
            Host = $"https://{listener.LocalEndpoint}",
            SslCaCerts = authority is null ? null : [authority],
            SkipTlsVerify = authority is null,
            TlsServerName = serverName,
        };
        using var client = new KubernetesClient(configuration);
        try
        {
            return await client.GetTextAsync("/readyz");
        }
        finally
        {
            await serving;
        }
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using TcpClient connection = await listener.AcceptTcpClientAsync();
        using var stream = new SslStream(connection.GetStream());
        try
        {
            await stream.AuthenticateAsServerAsync(certificate);
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            // The client did not trust us and hung up.
        }
    }

    private static X509Certificate2 MakeAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Certificate(X509Certificate2 authority, string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out IPAddress? address)) names.AddIpAddress(address);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(authority, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddHours(1), [1, 2, 3]);
        return signed.CopyWithPrivateKey(key);
    }
}
