namespace Sluice.Local.ApiServer.Tables;

/// <summary>The tables of the built-in kinds.</summary>
internal static class BuiltInTables
{
    public static TableLayout For(string group, string plural, IReadOnlyList<TableColumn>? columns) =>
        columns is null || !BuiltInCells.All.TryGetValue((group, plural), out var cells) ? TableLayout.NameAndAge : new TableLayout(columns, cells);
}
