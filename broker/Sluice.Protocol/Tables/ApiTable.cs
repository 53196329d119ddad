namespace Sluice.Protocol.Tables;

/// <summary>All APIs that have messages.</summary>
public static class ApiTable
{
    /// <summary>Every API in the order of its number.</summary>
    public static IEnumerable<ApiInfo> All
    {
        get
        {
            int count = GeneratedTables.Rows.Length / GeneratedTables.RowWidth;
            for (int key = 0; key < count; key++)
            {
                if (Find((ApiKey)key) is { } api) yield return api;
            }
        }
    }

    /// <summary>The API of a number from outside; null when there is none.</summary>
    public static ApiInfo? Find(ApiKey key)
    {
        int row = (int)key * GeneratedTables.RowWidth;
        ReadOnlySpan<short> rows = GeneratedTables.Rows;
        return row >= 0 && row < rows.Length && rows[row] >= 0 ? new ApiInfo(key) : null;
    }

    /// <summary>The API of a number that is known to have messages.</summary>
    public static ApiInfo Get(ApiKey key) => Find(key) ?? throw new ArgumentOutOfRangeException(nameof(key), key, "no message has this API");
}
