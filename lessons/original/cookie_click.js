//cookie自增
$("#cookget").click(function () {
    $.get('/get_add_cookie', function (data) {
        $('#num').text(data.res)
    })

})
