global using RQ.TestSupport;
global using Shouldly;
global using Xunit;
