namespace RQ.Tool.Tests;
public class BuildTests { [Xunit.Fact] public void T() { } }
