using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Local.ApiServer.Security;

/// <summary>
/// The certificates of a control plane: an authority of its own, which signs the server's certificate and the administrator's.
/// They are made at the first start and kept, so that a kubeconfig stays good over restarts.
/// </summary>
internal sealed class Pki
{
    private const string ServerOid = "1.3.6.1.5.5.7.3.1";
    private const string ClientOid = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private Pki(X509Certificate2 authority, X509Certificate2 server, X509Certificate2 client, string token)
    {
        Authority = authority;
        Server = server;
        Client = client;
        Token = token;
    }

    public X509Certificate2 Authority { get; }

    public X509Certificate2 Server { get; }

    public X509Certificate2 Client { get; }

    /// <summary>The administrator's bearer token.</summary>
    public string Token { get; }

    /// <summary>Reads the folder, making what is missing or about to expire.</summary>
    public static Pki LoadOrCreate(string directory, IPAddress address, DateTimeOffset now)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var authority = Load(directory, "ca", now);
        var known = authority is not null;
        authority ??= Save(directory, "ca", CreateAuthority(now));
        var server = known ? Load(directory, "server", now) : null;
        if (server is null || !server.MatchesHostname(address.ToString()))
            server = Save(directory, "server", Issue(authority, "CN=sluice-apiserver", ServerOid, now, address));
        var client = known ? Load(directory, "admin", now) : null;
        client ??= Save(directory, "admin", Issue(authority, $"O=system:masters, CN={Authenticator.UserName}", ClientOid, now, null));
        return new Pki(authority, server, client, LoadToken(directory));
    }

    /// <summary>True for certificates that this authority signed for clients.</summary>
    public bool Trusts(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientOid));
        return chain.Build(certificate);
    }

    private static X509Certificate2 CreateAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=sluice-local-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - TimeSpan.FromHours(1), now + Lifetime);
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string subject, string purpose, DateTimeOffset now, IPAddress? address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        if (address is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddDnsName("kubernetes.default.svc");
            names.AddIpAddress(address);
            names.AddIpAddress(IPAddress.Parse("127.78.0.1"));
            request.CertificateExtensions.Add(names.Build());
        }

        var notAfter = now + Lifetime < authority.NotAfter ? now + Lifetime : authority.NotAfter;
        using var certificate = request.Create(authority, now - TimeSpan.FromMinutes(30), notAfter, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Certificate2? Load(string directory, string name, DateTimeOffset now)
    {
        var (certificatePath, keyPath) = (Path.Combine(directory, name + ".crt"), Path.Combine(directory, name + ".key"));
        if (!File.Exists(certificatePath) || !File.Exists(keyPath))
            return null;
        var certificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        return certificate.NotAfter > (now + RenewBefore).LocalDateTime ? certificate : null;
    }

    private static X509Certificate2 Save(string directory, string name, X509Certificate2 certificate)
    {
        SecretFile.Write(Path.Combine(directory, name + ".key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        SecretFile.Write(Path.Combine(directory, name + ".crt"), certificate.ExportCertificatePem() + "\n");
        return certificate;
    }

    private static string LoadToken(string directory)
    {
        var path = Path.Combine(directory, "token");
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } known)
            return known;
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        SecretFile.Write(path, token + "\n");
        return token;
    }
}
