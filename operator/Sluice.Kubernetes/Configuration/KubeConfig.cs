using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Authentication;
using k8s.KubeConfigModels;

namespace Sluice.Kubernetes.Configuration;

/// <summary>
/// Reads kubeconfig files, for the Kubernetes library to connect by: certificates, tokens, token files, passwords, exec plugins
/// (EKS, GKE, AKS) and OIDC. What would be ignored (proxies, impersonation) is refused by name when the chosen context uses it;
/// other contexts of the same file don't matter.
/// </summary>
public static class KubeConfig
{
    /// <summary>
    /// Reads <paramref name="path"/>; without one the files of the environment variable KUBECONFIG (the first to name an entry
    /// wins, as with kubectl), else <c>~/.kube/config</c>. Runs the exec plugin when the context has one.
    /// </summary>
    /// <param name="path">A kubeconfig file.</param>
    /// <param name="context">Name of a context; null: the file's current one.</param>
    /// <exception cref="KubeConfigException">The file is missing, malformed, asks for something unsupported, or its plugin failed.</exception>
    public static KubernetesClientConfiguration Load(string? path = null, string? context = null)
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
    public static KubernetesClientConfiguration LoadOrInCluster(string? path = null, string? context = null) =>
        path is null && context is null && Environment.GetEnvironmentVariable("KUBECONFIG") is null && KubernetesClientConfiguration.IsInCluster()
            ? LoadInCluster()
            : Load(path, context);

    private static KubernetesClientConfiguration LoadInCluster()
    {
        try
        {
            KubernetesClientConfiguration configuration = KubernetesClientConfiguration.InClusterConfig();
            configuration.Namespace = configuration.Namespace?.Trim() is { Length: > 0 } ns ? ns : "default";
            return configuration;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or FormatException)
        {
            throw new KubeConfigException($"The service account of this pod cannot be used: {error.Message} Does the pod mount its token (automountServiceAccountToken)?", error);
        }
    }

    private static string[] Locate(string? path)
    {
        if (path is not null) return [path];
        string? variable = Environment.GetEnvironmentVariable("KUBECONFIG");
        if (!string.IsNullOrEmpty(variable)) return variable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config")];
    }

    private static KubernetesClientConfiguration Connect(List<KubeConfigFile> files, string? contextName)
    {
        contextName ??= files.Select(file => file.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name))
            ?? throw new KubeConfigException($"{files[0].Path}: no current-context is set. Give a context by name.");
        KubeConfigEntry context = Find(files, "contexts", contextName);
        context.Refuse(["cluster", "user", "namespace", "extensions"]);
        KubeConfigEntry cluster = Find(files, "clusters", context.Require("cluster"));
        KubeConfigEntry? user = context.Text("user") is { Length: > 0 } userName ? Find(files, "users", userName) : null;
        User? credentials = user is null ? null : KubeConfigUser.Read(user);
        var chosen = new K8SConfiguration
        {
            Contexts = [new Context { Name = contextName, ContextDetails = new ContextDetails { Cluster = "c", User = credentials?.Name, Namespace = context.Text("namespace") is { Length: > 0 } ns ? ns : "default" } }],
            Clusters = [new Cluster { Name = "c", ClusterEndpoint = Endpoint(cluster) }],
            Users = credentials is null ? [] : [credentials],
        };
        try
        {
            KubernetesClientConfiguration configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(chosen, contextName);
            if (configuration.AccessToken is null && user?.Text("tokenFile") is { Length: > 0 } tokenFile) configuration.TokenProvider = new TokenFileAuth(user.Resolve(tokenFile));
            return configuration;
        }
        catch (Exception error) when (error is k8s.Exceptions.KubeConfigException or IOException or UnauthorizedAccessException or CryptographicException or FormatException)
        {
            throw new KubeConfigException($"{files[0].Path}: context '{contextName}': {error.Message}", error);
        }
    }

    private static KubeConfigEntry Find(List<KubeConfigFile> files, string section, string name) =>
        files.Select(file => file.Find(section, name)).FirstOrDefault(entry => entry is not null)
        ?? throw new KubeConfigException($"{files[0].Path}: {section} has no entry '{name}'.");

    private static ClusterEndpoint Endpoint(KubeConfigEntry cluster)
    {
        cluster.Refuse(["server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify", "tls-server-name", "disable-compression", "extensions"]);
        string server = cluster.Require("server");
        if (!Uri.TryCreate(server, UriKind.Absolute, out Uri? address) || address.Scheme is not ("https" or "http"))
            throw cluster.Bad("server", $"'{server}' is not an http or https address");
        return new ClusterEndpoint
        {
            Server = server,
            CertificateAuthorityData = Authorities(cluster) is { } pem ? KubeConfigEntry.Data(pem) : null,
            TlsServerName = cluster.Text("tls-server-name"),
            SkipTlsVerify = cluster.Flag("insecure-skip-tls-verify"),
        };
    }

    private static string? Authorities(KubeConfigEntry cluster)
    {
        if (cluster.Pem("certificate-authority") is not { } pem) return null;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException error)
        {
            throw cluster.Bad("certificate-authority", error.Message);
        }
        return authorities.Count > 0 ? pem : throw cluster.Bad("certificate-authority", "it holds no certificate in PEM");
    }
}
