using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sluice.Local.ApiServer.Security;

/// <summary>The file that lets kubectl and other clients in as administrator.</summary>
internal static class KubeConfigFile
{
    private const string Name = "sluice";

    public static void Write(string path, Uri server, Pki pki)
    {
        var key = pki.Client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        SecretFile.Write(path, $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: {Name}
              cluster:
                server: {server.GetLeftPart(UriPartial.Authority)}
                certificate-authority-data: {Base64(pki.Authority.ExportCertificatePem())}
            users:
            - name: {Authenticator.UserName}
              user:
                client-certificate-data: {Base64(pki.Client.ExportCertificatePem())}
                client-key-data: {Base64(key)}
            contexts:
            - name: {Name}
              context:
                cluster: {Name}
                user: {Authenticator.UserName}
            current-context: {Name}

            """);
    }

    private static string Base64(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem + "\n"));
}
