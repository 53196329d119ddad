using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Kubernetes;

/// <summary>
/// Reads kubeconfig files. What Sluice does not support (exec plugins, auth providers, proxies, passwords, impersonation) is
/// refused by name when the chosen context uses it; other contexts of the same file don't matter.
/// </summary>
public static class KubeConfig
{
    /// <summary>
    /// Reads <paramref name="path"/>; without one the files of the environment variable KUBECONFIG (the first to name an entry
    /// wins, as with kubectl), else <c>~/.kube/config</c>.
    /// </summary>
    /// <param name="path">A kubeconfig file.</param>
    /// <param name="context">Name of a context; null: the file's current one.</param>
    /// <exception cref="KubeConfigException">The file is missing, malformed, or asks for something unsupported.</exception>
    public static KubeConnection Load(string? path = null, string? context = null)
    {
        string[] paths = Locate(path);
        var files = new List<KubeConfigFile>();
        foreach (string file in paths)
        {
            if (File.Exists(file)) files.Add(KubeConfigFile.Read(file));
            else if (paths.Length == 1) throw new KubeConfigException($"There is no kubeconfig at {file}. Give one by --kubeconfig or KUBECONFIG.");
        }
        if (files.Count == 0) throw new KubeConfigException($"None of the kubeconfig files {string.Join(", ", paths)} exists.");
        return Connect(files, context);
    }

    /// <summary>The connection of a pod's service account when there is one and no file is asked for, else of a kubeconfig.</summary>
    /// <exception cref="KubeConfigException">Neither can be used.</exception>
    public static KubeConnection LoadOrInCluster(string? path = null, string? context = null) =>
        path is null && context is null && Environment.GetEnvironmentVariable("KUBECONFIG") is null && InClusterAccount.IsPresent
            ? InClusterAccount.Load()
            : Load(path, context);

    private static string[] Locate(string? path)
    {
        if (path is not null) return [path];
        string? variable = Environment.GetEnvironmentVariable("KUBECONFIG");
        if (!string.IsNullOrEmpty(variable)) return variable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config")];
    }

    private static KubeConnection Connect(List<KubeConfigFile> files, string? contextName)
    {
        contextName ??= files.Select(file => file.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name))
            ?? throw new KubeConfigException($"{files[0].Path}: no current-context is set. Give a context by name.");
        KubeConfigEntry context = Find(files, "contexts", contextName);
        context.Refuse(["cluster", "user", "namespace", "extensions"]);
        KubeConfigEntry cluster = Find(files, "clusters", context.Require("cluster"));
        KubeConfigEntry? user = context.Text("user") is { Length: > 0 } userName ? Find(files, "users", userName) : null;
        cluster.Refuse(["server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify", "tls-server-name", "disable-compression", "extensions"]);
        user?.Refuse(["client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile", "extensions"]);

        string server = cluster.Require("server");
        if (!Uri.TryCreate(server, UriKind.Absolute, out Uri? address) || address.Scheme is not ("https" or "http"))
            throw cluster.Bad("server", $"'{server}' is not an http or https address");
        return new KubeConnection
        {
            Server = address,
            Namespace = context.Text("namespace") is { Length: > 0 } ns ? ns : "default",
            Authorities = Authorities(cluster),
            ClientCertificate = user is null ? null : ClientCertificate(user),
            Token = user is null ? null : Token(user),
            TlsServerName = cluster.Text("tls-server-name") is { Length: > 0 } name ? name : null,
            InsecureSkipTlsVerify = cluster.Flag("insecure-skip-tls-verify"),
        };
    }

    private static KubeConfigEntry Find(List<KubeConfigFile> files, string section, string name) =>
        files.Select(file => file.Find(section, name)).FirstOrDefault(entry => entry is not null)
        ?? throw new KubeConfigException($"{files[0].Path}: {section} has no entry '{name}'.");

    private static X509Certificate2Collection? Authorities(KubeConfigEntry cluster)
    {
        string? pem = cluster.Pem("certificate-authority");
        if (pem is null) return null;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException error)
        {
            throw cluster.Bad("certificate-authority", error.Message);
        }
        return authorities.Count > 0 ? authorities : throw cluster.Bad("certificate-authority", "it holds no certificate in PEM");
    }

    private static X509Certificate2? ClientCertificate(KubeConfigEntry user)
    {
        string? certificate = user.Pem("client-certificate");
        string? key = user.Pem("client-key");
        if (certificate is null && key is null) return null;
        if (certificate is null) throw user.Bad("client-key", "there is no client-certificate beside it");
        if (key is null) throw user.Bad("client-certificate", "there is no client-key beside it");
        try
        {
            return X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (CryptographicException error)
        {
            throw user.Bad("client-certificate", error.Message);
        }
    }

    private static TokenSource? Token(KubeConfigEntry user) =>
        user.Text("token") is { Length: > 0 } token ? TokenSource.Fixed(token)
        : user.Text("tokenFile") is { Length: > 0 } path ? TokenSource.File(user.Resolve(path))
        : null;
}
