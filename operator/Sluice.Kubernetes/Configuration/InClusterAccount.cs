using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Kubernetes;

/// <summary>The service account that Kubernetes mounts into a pod.</summary>
public static class InClusterAccount
{
    private const string Folder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Whether this process runs in a pod with a service account.</summary>
    public static bool IsPresent =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST")) && File.Exists(Path.Combine(Folder, "token"));

    /// <summary>Reads the account; the token file is read again as the kubelet rotates it.</summary>
    /// <exception cref="KubeConfigException">The process is in no pod, or the account is not mounted.</exception>
    public static KubeConnection Load() => Load(
        Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"), Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT"), Folder, TimeProvider.System);

    internal static KubeConnection Load(string? host, string? port, string folder, TimeProvider time)
    {
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
            throw new KubeConfigException("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this process is not in a pod. Give a kubeconfig.");
        if (host.Contains(':')) host = "[" + host + "]";
        string authorityPath = Path.Combine(folder, "ca.crt");
        string namespacePath = Path.Combine(folder, "namespace");
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(authorityPath);
            return new KubeConnection
            {
                Server = new Uri($"https://{host}:{port}"),
                Namespace = File.Exists(namespacePath) ? File.ReadAllText(namespacePath).Trim() : "default",
                Authorities = authorities,
                Token = TokenSource.File(Path.Combine(folder, "token"), time),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new KubeConfigException($"The service account in {folder} cannot be used: {error.Message} Does the pod mount its token (automountServiceAccountToken)?", error);
        }
    }
}
