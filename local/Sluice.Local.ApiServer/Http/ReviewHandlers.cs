using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Security;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Answers questions about the caller, which are posted as objects but never stored.</summary>
internal static class ReviewHandlers
{
    public static bool Handles(string plural) => plural is "selfsubjectaccessreviews" or "selfsubjectreviews";

    public static async Task AnswerAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var (review, _) = await Requests.ReadObjectAsync(http);
        review["apiVersion"] = target.Resource.ApiVersion;
        review["kind"] = target.Resource.Kind;
        review.Ensure("metadata");
        review["status"] = target.Resource.Plural == "selfsubjectreviews"
            ? new JsonObject { ["userInfo"] = new JsonObject { ["username"] = Authenticator.UserName, ["groups"] = Json.StringArray(["system:masters", "system:authenticated"]) } }
            : new JsonObject { ["allowed"] = true, ["reason"] = "the one user of this control plane is its administrator" };
        await Answers.DocumentAsync(http, 201, format, review);
    }
}
