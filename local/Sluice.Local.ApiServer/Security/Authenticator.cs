using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Security;

/// <summary>
/// Knows one user, the administrator, who may do everything: by a client certificate of this control plane's own authority (the
/// TLS layer has checked it), or by its bearer token.
/// </summary>
internal sealed class Authenticator(string token)
{
    public const string UserName = "admin";

    private readonly byte[] _token = Encoding.UTF8.GetBytes("Bearer " + token);

    public void Check(HttpContext http)
    {
        if (http.Connection.ClientCertificate is not null)
            return;
        var given = Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString());
        if (!CryptographicOperations.FixedTimeEquals(given, _token))
            throw ApiError.Unauthorized();
    }
}
