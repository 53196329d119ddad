using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using k8s.KubeConfigModels;

namespace Sluice.Kubernetes.Configuration;

/// <summary>The credentials of a kubeconfig's user, as the Kubernetes library takes them: files read, paths resolved.</summary>
internal static class KubeConfigUser
{
    /// <summary>The user; null when it has no credentials, or only a token file, which the library does not read from a kubeconfig.</summary>
    public static User? Read(KubeConfigEntry entry)
    {
        entry.Refuse(
        [
            "client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile", "username", "password", "exec", "auth-provider", "extensions",
        ]);
        var credentials = new UserCredentials
        {
            Token = entry.Text("token"),
            UserName = entry.Text("username"),
            Password = entry.Text("password"),
            AuthProvider = Oidc(entry),
            ExternalExecution = Plugin(entry),
        };
        Certificate(entry, credentials);
        bool any = credentials is { Token.Length: > 0 } or { UserName.Length: > 0 } or { AuthProvider: not null } or { ExternalExecution: not null } or { ClientKeyData: not null };
        return any ? new User { Name = "u", UserCredentials = credentials } : null;
    }

    private static void Certificate(KubeConfigEntry entry, UserCredentials credentials)
    {
        string? certificate = entry.Pem("client-certificate");
        string? key = entry.Pem("client-key");
        if (certificate is null && key is null) return;
        if (certificate is null) throw entry.Bad("client-key", "there is no client-certificate beside it");
        if (key is null) throw entry.Bad("client-certificate", "there is no client-key beside it");
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (CryptographicException error)
        {
            throw entry.Bad("client-certificate", error.Message);
        }
        credentials.ClientCertificateData = KubeConfigEntry.Data(certificate);
        credentials.ClientKeyData = KubeConfigEntry.Data(key);
    }

    private static AuthProvider? Oidc(KubeConfigEntry entry)
    {
        if (entry.Object("auth-provider") is not { } provider) return null;
        if (provider["name"]?.ToString() is var name && name != "oidc")
            throw entry.Bad("auth-provider", $"'{name}' is not supported; Kubernetes itself dropped it. Use its exec plugin instead, or a token");
        Dictionary<string, string> config = (provider["config"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "");
        if (!config.ContainsKey("id-token")) throw entry.Bad("auth-provider", "its config has no id-token. Log in with your provider's tool first");
        return new AuthProvider { Name = name, Config = config };
    }

    private static ExternalExecution? Plugin(KubeConfigEntry entry)
    {
        if (entry.Object("exec") is not { } exec) return null;
        string command = exec["command"]?.ToString() is { Length: > 0 } text ? text : throw entry.Bad("exec", "it has no command");
        return new ExternalExecution
        {
            ApiVersion = exec["apiVersion"]?.ToString() is { Length: > 0 } version ? version : throw entry.Bad("exec", "it has no apiVersion"),
            // As with kubectl: a name is looked up in PATH, a path is relative to the file that holds it.
            Command = command.Contains('/', StringComparison.Ordinal) ? entry.Resolve(command) : command,
            Arguments = [.. (exec["args"] as JsonArray ?? []).Select(argument => Quoted(argument?.ToString() ?? ""))],
            EnvironmentVariables = [.. (exec["env"] as JsonArray ?? []).OfType<JsonObject>().Select(Variable)],
            InstallHint = exec["installHint"]?.ToString(),
        };
    }

    private static Dictionary<string, string> Variable(JsonObject variable) => new()
    {
        ["name"] = variable["name"]?.ToString() ?? "",
        ["value"] = variable["value"]?.ToString() ?? "",
    };

    /// <summary>The library joins arguments with blanks and .NET parts them again, so one that holds blanks or quotes needs quotes.</summary>
    private static string Quoted(string argument)
    {
        if (argument.Length > 0 && !argument.Any(c => char.IsWhiteSpace(c) || c == '"')) return argument;
        var quoted = new StringBuilder("\"");
        int backslashes = 0;
        foreach (char c in argument)
        {
            // Backslashes count only before a quote, where each must be doubled.
            if (c == '"') quoted.Append('\\', backslashes + 1);
            backslashes = c == '\\' ? backslashes + 1 : 0;
            quoted.Append(c);
        }
        return quoted.Append('\\', backslashes).Append('"').ToString();
    }
}
